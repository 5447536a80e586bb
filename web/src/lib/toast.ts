import type { ExternalToast, toast as Sonner } from "sonner";

interface Options extends ExternalToast {
  /** The id of the session that it is about: it goes when one comes to a page of it, and when that is over. */
  session?: string | undefined;
  /** Told wherever one is; anything else goes with the page that told it. */
  anywhere?: boolean;
}

/**
 * What passes by where it covers nothing that one needs. The code for it comes after the page's own: nothing is told before
 * something was done. `AppToaster` loads it in any case, so that it is there when the server is not.
 */
export const toast = Object.assign((text: string, options?: Options) => show((toast) => toast(text, options)), {
  success: (text: string, options?: Options) => show((toast) => toast.success(text, options)),
  error: (text: string, options?: Options) => show((toast) => toast.error(text, options)),
});

type Shown = { id: number | string } & Pick<Options, "session" | "anywhere">;

/** Takes back what is told no more: all of it, or some. */
export function dismissToasts(which: (shown: Shown) => boolean = () => true) {
  if (!shownAny) return;
  show((toast) => {
    for (const shown of toast.getToasts()) if (which(shown)) toast.dismiss(shown.id);
  });
}

let shownAny = false;
let loaded: typeof Sonner | null = null;

/** At once where its code is there: a page that goes takes back what it told before another can show it. */
function show(how: (toast: typeof Sonner) => void) {
  shownAny = true;
  if (loaded !== null) return how(loaded);
  // Where its code cannot be had, what it would tell is on the pages.
  import("sonner").then(({ toast }) => how((loaded = toast))).catch(() => undefined);
}

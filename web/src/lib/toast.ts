import type { ExternalToast, toast as Sonner } from "sonner";

interface Options extends ExternalToast {
  /** The id of the session that it is about: it goes when one comes to a page of it, and when that is over. */
  session?: string | undefined;
}

/**
 * What passes by where it covers nothing that one needs. The code for it comes after the page's own: nothing is told before
 * something was done. `AppToaster` loads it in any case, so that it is there when the server is not.
 */
export const toast = Object.assign((text: string, options?: Options) => show((toast) => toast(text, options)), {
  success: (text: string, options?: Options) => show((toast) => toast.success(text, options)),
  error: (text: string, options?: Options) => show((toast) => toast.error(text, options)),
});

/** Takes back what is told no more: all of it, or some. */
export function dismissToasts(which: (shown: { id: number | string; session?: string | undefined }) => boolean = () => true) {
  if (!shownAny) return;
  show((toast) => {
    for (const shown of toast.getToasts()) if (which(shown)) toast.dismiss(shown.id);
  });
}

let shownAny = false;

function show(how: (toast: typeof Sonner) => void) {
  shownAny = true;
  // Where its code cannot be had, what it would tell is on the pages.
  import("sonner").then(({ toast }) => how(toast)).catch(() => undefined);
}

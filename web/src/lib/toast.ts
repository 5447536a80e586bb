import type { ExternalToast, toast as Sonner } from "sonner";

/**
 * What passes by at the upper edge. The code for it comes after the page's own: nothing is told before something was done.
 * `AppToaster` loads it in any case, so that it is there when the server is not.
 */
export const toast = Object.assign((text: string, options?: ExternalToast) => show((toast) => toast(text, options)), {
  success: (text: string, options?: ExternalToast) => show((toast) => toast.success(text, options)),
  error: (text: string, options?: ExternalToast) => show((toast) => toast.error(text, options)),
});

function show(how: (toast: typeof Sonner) => void) {
  void import("sonner").then(({ toast }) => how(toast));
}

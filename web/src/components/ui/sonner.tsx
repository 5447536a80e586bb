import type { ComponentProps } from "react";
import { Toaster as Sonner } from "sonner";

type Place = Pick<ComponentProps<typeof Sonner>, "position" | "offset" | "mobileOffset" | "style">;

/** Where toasts are within what they stand in: at its upper edge, under the tabs there, or at its lower edge. */
export type ToastPlace = "above" | "under-tabs" | "below";

/** In the corner of the window; on a telephone above the navigation. */
const IN_WINDOW: Place = { position: "bottom-right", mobileOffset: { bottom: "calc(4.25rem + env(safe-area-inset-bottom))" } };

const WITHIN: Record<ToastPlace, Place> = {
  above: within("top", "0.75rem"),
  "under-tabs": within("top", "4.25rem"),
  below: within("bottom", "calc(0.75rem + env(safe-area-inset-bottom))"),
};

function within(edge: "top" | "bottom", distance: string): Place {
  const offset = { [edge]: distance, left: "0.75rem", right: "0.75rem" };
  return { position: `${edge}-left`, offset, mobileOffset: offset, style: { position: "absolute" } };
}

export function Toaster({ dark, within }: { dark: boolean; within?: ToastPlace | undefined }) {
  return (
    <Sonner
      theme={dark ? "dark" : "light"}
      {...(within === undefined ? IN_WINDOW : WITHIN[within])}
      toastOptions={{ classNames: { toast: "!rounded-xl !border-border !bg-popover !text-popover-foreground", actionButton: "!h-7 !rounded-md !bg-primary !text-primary-foreground" } }}
    />
  );
}

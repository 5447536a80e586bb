import { Toaster as Sonner } from "sonner";

export function Toaster({ dark }: { dark: boolean }) {
  return (
    <Sonner
      theme={dark ? "dark" : "light"}
      position="top-center"
      toastOptions={{ classNames: { toast: "!rounded-xl !border-border !bg-popover !text-popover-foreground", actionButton: "!h-7 !rounded-md !bg-primary !text-primary-foreground" } }}
    />
  );
}

import { type ComponentProps, type ReactNode, useState } from "react";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useTranslation } from "react-i18next";

import { cn } from "@/lib/cn";

import { Button } from "./button";

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

interface DialogContentProps extends Omit<ComponentProps<typeof Radix.Content>, "title"> {
  title: ReactNode;
  description?: ReactNode;
}

export function DialogContent(props: DialogContentProps) {
  return (
    <Radix.Portal>
      <Radix.Overlay
        data-slot="dialog-overlay"
        className="fixed inset-0 z-50 bg-black/50 data-[state=open]:animate-in data-[state=open]:fade-in-0"
      />
      <Box {...props} />
    </Radix.Portal>
  );
}

/** There while the dialog is. Then the focus goes back to where it was: Radix itself knows a trigger alone, which few dialogs here have. */
function Box({ className, children, title, description, onCloseAutoFocus, ...props }: DialogContentProps) {
  const { t } = useTranslation();
  const [before] = useState(() => document.activeElement);
  return (
    <Radix.Content
      data-slot="dialog-content"
      {...(description === undefined ? { "aria-describedby": undefined } : {})}
      className={cn(
        "fixed inset-x-0 bottom-0 z-50 flex max-h-[94dvh] flex-col overflow-hidden rounded-t-2xl border border-border bg-popover text-popover-foreground shadow-xl",
        "sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-full sm:max-w-lg sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl",
        "data-[state=open]:animate-in data-[state=open]:fade-in-0 sm:data-[state=open]:zoom-in-95",
        className,
      )}
      onCloseAutoFocus={(event) => {
        onCloseAutoFocus?.(event);
        if (event.defaultPrevented || !(before instanceof HTMLElement) || before === document.body || !before.isConnected) return;
        event.preventDefault();
        before.focus();
      }}
      {...props}
    >
      <header className="flex items-start gap-4 px-5 pt-5 sm:px-6 sm:pt-6">
        <div className="min-w-0 flex-1">
          <Radix.Title className="text-lg leading-7 font-semibold">{title}</Radix.Title>
          {description !== undefined && (
            <Radix.Description className="mt-1 text-sm text-muted-foreground">{description}</Radix.Description>
          )}
        </div>
        <Radix.Close asChild>
          <Button variant="ghost" size="icon-sm" aria-label={t("common.close")}>
            <X aria-hidden />
          </Button>
        </Radix.Close>
      </header>
      <div className="min-h-0 flex-1 scroll-pb-24 overflow-y-auto px-5 pt-4 pb-5 sm:px-6 sm:pb-6">{children}</div>
    </Radix.Content>
  );
}

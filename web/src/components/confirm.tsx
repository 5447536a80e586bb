import { type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";

import { problemText } from "@/lib/problem";

import { InlineAlert } from "./states";
import { Button } from "./ui/button";
import { Dialog, DialogClose, DialogContent } from "./ui/dialog";

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: string;
  /** What the button does, in words. */
  action: string;
  dismiss?: string;
  /** The dialog stays until this is done; what it throws is shown in it. */
  onConfirm: () => Promise<void> | void;
  returnTo?: RefObject<HTMLElement | null>;
}

export function Confirm({ open, onOpenChange, title, text, action, dismiss, onConfirm, returnTo }: ConfirmProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title={title}
        description={text}
        className="sm:max-w-md"
        onCloseAutoFocus={(event) => {
          if (returnTo?.current) {
            event.preventDefault();
            returnTo.current.focus();
          }
        }}
      >
        {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
        <div className="mt-2 flex flex-wrap justify-end gap-3">
          <DialogClose asChild>
            <Button variant="outline">{dismiss ?? t("common.cancel")}</Button>
          </DialogClose>
          <Button variant="destructive" disabled={busy} onClick={() => void confirm()}>
            {action}
          </Button>
        </div>
      </DialogContent>
    </Dialog>
  );
}

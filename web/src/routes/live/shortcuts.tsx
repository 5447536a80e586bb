import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { Check } from "@/components/ui/field";

import { choose, useChoices } from "./choices";
import type { Panel } from "./room";

const LIST = [
  { keys: "Ctrl+D", name: "microphone" },
  { keys: "Ctrl+E", name: "camera" },
  { keys: "Space", name: "talk" },
  { keys: "Ctrl+Shift+H", name: "hand" },
  { keys: "Ctrl+Shift+M", name: "chat" },
  { keys: "Ctrl+Shift+P", name: "people" },
  { keys: "?", name: "help" },
] as const;

const MAC = navigator.userAgent.includes("Mac");

/** As the keys are named on this machine. */
export function keyName(keys: string): string {
  return MAC ? keys.replace("Ctrl", "⌘") : keys;
}

interface Shortcuts {
  enabled: boolean;
  toggleMicrophone: () => void;
  toggleCamera: () => void;
  toggleHand: () => void;
  togglePanel: (panel: Panel) => void;
  help: () => void;
  talk: (on: boolean) => void;
  /** Whether the microphone is off, so that Space may open it while it is held. */
  silent: boolean;
}

export function useShortcuts(shortcuts: Shortcuts) {
  const now = useRef(shortcuts);
  now.current = shortcuts;
  useEffect(() => {
    let talking = false;
    const onKeyDown = (event: KeyboardEvent) => {
      const { enabled, silent, ...run } = now.current;
      if (!enabled || event.repeat || isTaken(event.target)) return;
      const command = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const action =
        command && event.shiftKey
          ? { h: run.toggleHand, m: () => run.togglePanel("chat"), p: () => run.togglePanel("people") }[key]
          : command
            ? { d: run.toggleMicrophone, e: run.toggleCamera }[key]
            : key === "?"
              ? run.help
              : undefined;
      if (action !== undefined) {
        event.preventDefault();
        action();
      } else if (key === " " && !command && silent && !isControl(event.target)) {
        event.preventDefault();
        talking = true;
        run.talk(true);
      }
    };
    const stop = () => {
      if (talking) now.current.talk(false);
      talking = false;
    };
    const onKeyUp = (event: KeyboardEvent) => event.key === " " && stop();
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener("keyup", onKeyUp);
    window.addEventListener("blur", stop);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener("keyup", onKeyUp);
      window.removeEventListener("blur", stop);
    };
  }, []);
}

/** Whoever types, or answers a dialog, means that. */
function isTaken(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu]") !== null;
}

/** Space presses what has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a, [role=tab], summary") !== null;
}

export function ShortcutList() {
  const { t } = useTranslation();
  const { shortcuts, announceChat } = useChoices();
  return (
    <div className="grid gap-5">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2.5 text-sm">
        {LIST.map(({ keys, name }) => (
          <div key={name} className="contents">
            <dt>
              <kbd className="rounded-md border border-border bg-muted px-2 py-1 font-mono text-xs">{keyName(keys)}</kbd>
            </dt>
            <dd>{t(`shortcut.${name}`)}</dd>
          </div>
        ))}
      </dl>
      <Check label={t("shortcut.enabled")} checked={shortcuts} onChange={(event) => choose({ shortcuts: event.target.checked })} />
      <Check label={t("shortcut.announceChat")} checked={announceChat} onChange={(event) => choose({ announceChat: event.target.checked })} />
    </div>
  );
}

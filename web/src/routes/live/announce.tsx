import { useSyncExternalStore } from "react";

interface Said {
  polite: string;
  assertive: string;
}

let said: Said = { polite: "", assertive: "" };
const listeners = new Set<() => void>();
let batch: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Several within a second are read as one, so that a class arriving is not thirty interruptions. */
export function announce(text: string) {
  batch.push(text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    tell({ ...said, polite: batch.slice(0, 5).join(". ") });
    batch = [];
  }, 700);
}

/** For what the user must know now. */
export function interrupt(text: string) {
  tell({ ...said, assertive: text });
}

function tell(next: Said) {
  said = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Announcer() {
  const { polite, assertive } = useSyncExternalStore(subscribe, () => said);
  return (
    <div className="sr-only">
      <div aria-live="polite">{polite}</div>
      <div aria-live="assertive">{assertive}</div>
    </div>
  );
}

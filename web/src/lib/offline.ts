import { useSyncExternalStore } from "react";

let offline = false;
const listeners = new Set<() => void>();

for (const name of ["offline", "online"]) {
  window.addEventListener(name, () => {
    offline = name === "offline";
    for (const listener of listeners) listener();
  });
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Whether the machine has lost its network since the page was opened: sockets may notice a minute later. One that never
 * had any says nothing, because its server may be on the same machine.
 */
export function useOffline(): boolean {
  return useSyncExternalStore(subscribe, () => offline);
}

import { useSyncExternalStore } from "react";

/** So long the server may take to answer before the machine counts as offline. */
const ANSWER_WITHIN_MS = 800;
/** So often it is asked again while the browser says that there is no network. */
const ASK_EVERY_MS = 5_000;

let offline = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

for (const name of ["offline", "online"]) window.addEventListener(name, () => void look());

/** A browser knows of the machine's networks, but not of a server on the same machine or behind a bridge: so it is asked. */
async function look() {
  clearTimeout(timer);
  const answers = navigator.onLine || (await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(({ ok }) => ok, () => false));
  clearTimeout(timer);
  if (!navigator.onLine) timer = setTimeout(() => void look(), ASK_EVERY_MS);
  if (offline === !(answers || navigator.onLine)) return;
  offline = !offline;
  for (const listener of listeners) listener();
}

/**
 * Whether the machine has lost its network since the page was opened, and with it the server: sockets may notice a minute
 * later.
 */
export const offlineNow = {
  get: () => offline,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function useOffline(): boolean {
  return useSyncExternalStore(offlineNow.subscribe, offlineNow.get);
}

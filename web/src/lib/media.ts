import { useSyncExternalStore } from "react";

/** Whether a media query holds, and anew when it changes. */
export function useMatches(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => query.matches,
  );
}

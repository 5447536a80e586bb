import { createRest, type Link, Topics } from "@mockly/client";
import { onlineManager, QueryClient } from "@tanstack/react-query";
import { ProblemError } from "@mockly/client";

import { setServerAhead } from "@/lib/clock";
import { offlineNow } from "@/lib/offline";

import { auth } from "./auth";

export const rest = createRest({ tokens: auth, onClock: setServerAhead });

/** Where the server's sockets are, seen from this page. */
export const socketOrigin = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A refusal stays one; only what may pass by itself is asked again.
      retry: (count, error) => count < 2 && (!(error instanceof ProblemError) || error.status === 0 || error.status >= 500),
    },
  },
});

// Else what is to be read waits for a network that a server on the same machine does not need.
onlineManager.setEventListener((setOnline) => offlineNow.subscribe(() => setOnline(!offlineNow.get())));

let link: Link = "connecting";
const listeners = new Set<() => void>();

/** How the topics' connection stands, for the banner. */
export const topicsLink = {
  get: () => link,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export const topics = new Topics({
  url: `${socketOrigin}/ws`,
  tokens: auth,
  onLink: (next) => {
    link = next;
    for (const listener of listeners) listener();
  },
});

window.addEventListener("online", () => topics.retry());

/** One key for one intention of the user, so that a repeat does nothing twice. */
export function newKey(): string {
  // `crypto.randomUUID` is there in secure contexts alone.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

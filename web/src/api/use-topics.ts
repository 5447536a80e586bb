import type { SessionEvent } from "@mockly/client";
import { useEffect, useSyncExternalStore } from "react";

import { auth } from "./auth";
import { queryClient, topics, topicsLink } from "./client";
import { takeSessionEvent } from "./queries";

export function useIdentity() {
  return useSyncExternalStore(auth.subscribe, auth.identity);
}

export function useTopicsLink() {
  return useSyncExternalStore(topicsLink.subscribe, topicsLink.get);
}

/** What topics keep fresh as long as they are there. */
const FOLLOWED = ["sessions", "session", "can-join", "notifications"];
/** So often a page is read while they are not. */
const READ_EVERY_MS = 30_000;

/**
 * Stands in for the topics while they are away, be it for an outage or for good behind a proxy without WebSockets: the
 * page is read now and then, and the connection tried along with it. Back, what could not be read is read.
 */
export function useWithoutTopics() {
  const link = useTopicsLink();
  const away = link === "lost" || link === "failed";
  useEffect(() => {
    if (link === "up") void queryClient.refetchQueries({ type: "active", predicate: ({ state }) => state.status === "error" });
  }, [link]);
  useEffect(() => {
    if (!away) return;
    const read = () => {
      // Nobody looks at a hidden page; it is read when it is looked at again.
      if (document.visibilityState === "hidden") return;
      topics.retry({ once: true });
      for (const key of FOLLOWED) void queryClient.invalidateQueries({ queryKey: [key] });
    };
    const timer = setInterval(read, READ_EVERY_MS);
    document.addEventListener("visibilitychange", read);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", read);
    };
  }, [away]);
  return link;
}

/** Follows everything that concerns the user while the page is open. */
export function useUserTopic(userId: string | undefined) {
  useEffect(() => {
    if (userId === undefined) return;
    const refetch = () => {
      void queryClient.invalidateQueries({ queryKey: ["sessions"] });
      void queryClient.invalidateQueries({ queryKey: ["session"] });
    };
    return topics.subscribe<SessionEvent>(
      `/topic/users/${encodeURIComponent(userId)}/sessions`,
      ({ body }) => takeSessionEvent(body),
      refetch,
    );
  }, [userId]);
}

/** Follows one session, with who comes and goes. */
export function useSessionTopic(sessionId: string, allowed: boolean) {
  useEffect(() => {
    if (!allowed) return;
    return topics.subscribe<SessionEvent>(
      `/topic/sessions/${sessionId}`,
      ({ body }) => takeSessionEvent(body),
      () => void queryClient.invalidateQueries({ queryKey: ["session", sessionId] }),
    );
  }, [sessionId, allowed]);
}

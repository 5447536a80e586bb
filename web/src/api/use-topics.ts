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

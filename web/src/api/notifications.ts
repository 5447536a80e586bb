import { unwrap } from "@mockly/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { serverNow } from "@/lib/clock";

import { queryClient, rest, topics } from "./client";
import type { Artifact, Notification } from "./types";

const PAGE = 20;
/** Recordings whose analysis is being asked for in this tab, until it is looked at: it may be done before the answer is here. */
export const analysesAsked = new Set<Artifact>();
/** The server's clock is known to about a second. */
const ROUGHLY_MS = 2_000;

export const notificationsQuery = (unread: boolean) =>
  infiniteQueryOptions({
    queryKey: ["notifications", "list", unread],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      unwrap(rest.GET("/api/notifications", { params: { query: { ...(unread ? { unread } : {}), page: pageParam, size: PAGE } }, signal })),
    getNextPageParam: ({ page, size, total }) => ((page + 1) * size < total ? page + 1 : undefined),
  });

export const unreadQuery = queryOptions({
  queryKey: ["notifications", "unread"],
  queryFn: async ({ signal }) => (await unwrap(rest.GET("/api/notifications", { params: { query: { unread: true, size: 1 } }, signal }))).total,
  // Another tab may have read some: looked at again, this one asks.
  staleTime: 0,
});

/**
 * Follows what the user is told while the page is open. The list and the number are read anew from the server, which
 * counts better than a page that may have missed or repeated something; `onArrive` hears of what is new.
 */
export function useNotifications(userId: string | undefined, onArrive: (notification: Notification) => void) {
  const arrive = useRef(onArrive);
  arrive.current = onArrive;
  useEffect(() => {
    if (userId === undefined) return;
    const since = serverNow() - ROUGHLY_MS;
    return topics.subscribe<Notification>(
      `/topic/users/${encodeURIComponent(userId)}/notifications`,
      ({ body }) => {
        void readAnew();
        for (const queryKey of touched(body)) void queryClient.invalidateQueries({ queryKey });
        // After an outage the topic goes back a while, to before this page was opened.
        if (Date.parse(body.timestamp) >= since) arrive.current(body);
      },
      () => void readAnew(),
    );
  }, [userId]);
}

/** What it changes on pages that no topic tells of it. */
function touched({ event, payload }: Notification): unknown[][] {
  if (event.startsWith("analysis:")) return [["analysis"], ["analyses"]];
  if (event === "job:dead") return [["admin", "jobs"]];
  // The page may have been closed to its user before.
  if (event === "session:invited") return [["session", payload["sessionId"]]];
  return [];
}

function readAnew() {
  return queryClient.invalidateQueries({ queryKey: ["notifications"] });
}

export async function markRead({ id, readAt }: Notification) {
  if (readAt) return;
  await unwrap(rest.POST("/api/notifications/{id}/read", { params: { path: { id } } }));
  await readAnew();
}

export async function markAllRead() {
  await unwrap(rest.POST("/api/notifications/read-all"));
  await readAnew();
}

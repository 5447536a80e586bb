import { type Session, type SessionEvent, unwrap } from "@mockly/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { dismissToasts } from "@/lib/toast";

import { queryClient, rest } from "./client";

export interface SessionFilters {
  status?: "upcoming" | "live" | "ended" | "cancelled" | undefined;
  kind?: "INTERVIEW" | "MENTORING" | "CLASS" | undefined;
  classId?: string | undefined;
  q?: string | undefined;
  /** First and last day, in the viewer's zone. */
  from?: string | undefined;
  to?: string | undefined;
}

const PAGE = 24;

export const sessionsQuery = (filters: SessionFilters) =>
  infiniteQueryOptions({
    queryKey: ["sessions", filters],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const { status, kind, classId, q } = filters;
      const from = filters.from === undefined ? undefined : new Date(`${filters.from}T00:00`).toISOString();
      const to = filters.to === undefined ? undefined : new Date(`${filters.to}T23:59:59.999`).toISOString();
      // Live first, then what comes next; what is over is read backwards.
      const sort = status === "ended" || status === "cancelled" ? "-scheduledAt" : status === "upcoming" ? "scheduledAt" : "live";
      const query = { status, kind, classId, q, from, to, sort, page: pageParam, size: PAGE } as const;
      return unwrap(rest.GET("/api/sessions", { params: { query }, signal }));
    },
    getNextPageParam: ({ page, size, total }) => ((page + 1) * size < total ? page + 1 : undefined),
  });

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ["session", id],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/sessions/{id}", { params: { path: { id } }, signal })),
  });

export const canJoinQuery = (id: string) =>
  queryOptions({
    queryKey: ["can-join", id],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/sessions/{id}/can-join", { params: { path: { id } }, signal })),
    staleTime: 5_000,
  });

export const analyticsQuery = (id: string) =>
  queryOptions({
    queryKey: ["analytics", id],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/sessions/{id}/analytics", { params: { path: { id } }, signal })),
  });

export const attendanceQuery = (id: string) =>
  queryOptions({
    queryKey: ["attendance", id],
    queryFn: async ({ signal }) => {
      const answer = await unwrap(rest.GET("/api/sessions/{id}/attendance", { params: { path: { id } }, signal }));
      // The same path answers CSV, but only to who asks for it.
      if (typeof answer === "string") throw new TypeError("attendance came as text");
      return answer;
    },
  });

const MESSAGES = 50;

/** The newest first, page by page towards the beginning; within a page the newest last. */
export const messagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["messages", id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: before, signal }) => unwrap(rest.GET("/api/sessions/{id}/messages", { params: { path: { id }, query: { before, limit: MESSAGES } }, signal })),
    getNextPageParam: ({ items, hasMore }) => (hasMore ? items[0]?.messageId : undefined),
  });

export const classesQuery = () =>
  queryOptions({
    queryKey: ["classes"],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/classes", { params: { query: { size: 100 } }, signal })),
  });

export const classQuery = (id: string) =>
  queryOptions({
    queryKey: ["class", id],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/classes/{id}", { params: { path: { id } }, signal })),
  });

export const studentsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["students", id],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      unwrap(rest.GET("/api/classes/{id}/students", { params: { path: { id }, query: { page: pageParam, size: 100 } }, signal })),
    getNextPageParam: ({ page, size, total }) => ((page + 1) * size < total ? page + 1 : undefined),
  });

export const invitationsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["invitations", id],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      unwrap(rest.GET("/api/classes/{id}/invitations", { params: { path: { id }, query: { page: pageParam, size: 100 } }, signal })),
    getNextPageParam: ({ page, size, total }) => ((page + 1) * size < total ? page + 1 : undefined),
  });

export const usersQuery = (query: string, role?: "MENTOR") =>
  queryOptions({
    queryKey: ["users", query, role],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/users", { params: { query: { query, role, size: 20 } }, signal })),
  });

export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => unwrap(rest.GET("/api/config", { signal })),
  staleTime: Infinity,
});

/** The session of an event, put where it is shown already; lists are read anew only where their order may change. */
export function takeSessionEvent(event: SessionEvent) {
  const { type, data } = event;
  // Nobody waits there any more, or has a hand up.
  if (type === "SESSION_ENDED") dismissToasts(({ session }) => session === data.id);
  queryClient.setQueryData<Session>(["session", data.id], (known) => (known === undefined ? known : newer(known, event)));
  void queryClient.invalidateQueries({ queryKey: ["can-join", data.id] });
  let listed = false;
  queryClient.setQueriesData<{ pages: { sessions: Session[] }[]; pageParams: unknown[] }>({ queryKey: ["sessions"] }, (list) => {
    if (list === undefined) return list;
    const pages = list.pages.map((page) => ({
      ...page,
      sessions: page.sessions.map((session) => {
        if (session.id !== data.id) return session;
        listed = true;
        return newer(session, event);
      }),
    }));
    return { ...list, pages };
  });
  const moved = type === "SESSION_CREATED" || type === "SESSION_UPDATED" || type === "SESSION_ENDED";
  if (moved || !listed) void queryClient.invalidateQueries({ queryKey: ["sessions"] });
  if (moved) askAgain(data.id);
  else countAnew(data.id);
}

/** An answer that is under way may be older than an event, and a refusal may be no more. */
function askAgain(id: string) {
  const queryKey = ["session", id];
  const { fetchStatus, status } = queryClient.getQueryState(queryKey) ?? {};
  if (fetchStatus !== "fetching" && status !== "error") return;
  // A first answer is not given up by asking again.
  void queryClient.cancelQueries({ queryKey }).then(() => queryClient.refetchQueries({ queryKey, type: "active" }));
}

/** Long enough to be at a door after joining. */
const COUNT_AFTER_MS = 3_000;
const counting = new Map<string, ReturnType<typeof setTimeout>>();

/** Topics tell who joins and leaves, but not who is there: that is read a moment later, once for all who come meanwhile. */
function countAnew(id: string) {
  if (counting.has(id)) return;
  const read = () => {
    counting.delete(id);
    for (const queryKey of [["sessions"], ["session", id]]) void queryClient.invalidateQueries({ queryKey });
  };
  counting.set(id, setTimeout(read, COUNT_AFTER_MS));
}

/** An event of a large session lists only those it concerns; the others stay as they are known. */
function newer(known: Session, { type, data: told }: SessionEvent): Session {
  const participants = new Map(known.participants.map((participant) => [participant.userId, participant]));
  let coming = 0;
  for (const participant of told.participants) {
    // Whoever has just joined is on the way to a door, and not counted before.
    const comes = type === "PARTICIPANT_JOINED" && participant.status === "JOINED" && !participant.online && participants.get(participant.userId)?.status !== "JOINED";
    if (comes) coming += 1;
    participants.set(participant.userId, comes ? { ...participant, online: true } : participant);
  }
  return { ...known, ...told, participantCount: told.participantCount + coming, participants: [...participants.values()] };
}

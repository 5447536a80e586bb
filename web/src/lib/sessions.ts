import type { Attendance, Session, User } from "@mockly/client";

const HOST_ROLES = new Set(["INTERVIEWER", "MENTOR", "TEACHER"]);

export function isHost(session: Session, user: User): boolean {
  if (session.teacherId === user.id) return true;
  return session.participants.some(({ userId, role }) => userId === user.id && HOST_ROLES.has(role));
}

/** Who leads it, by name: the teacher, the interviewer or the mentor. */
export function hostName(session: Session): string {
  if (session.teacherName) return session.teacherName;
  return session.participants.find(({ role }) => HOST_ROLES.has(role))?.userDisplayName ?? session.creatorDisplayName;
}

/** With whom it is: of an interview or a mentoring, whoever takes part besides this user. */
export function others(session: Session, user: User): string[] {
  if (session.kind === "CLASS") return [];
  return session.participants.filter(({ userId }) => userId !== user.id).map(({ userDisplayName }) => userDisplayName);
}

/** What the server lets this user do; it decides anew in any case. */
export function rights(session: Session, user: User) {
  const host = isHost(session, user);
  const creator = session.createdBy === user.id;
  const admin = user.roles.includes("ADMIN");
  const status = session.participants.find(({ userId }) => userId === user.id)?.status;
  const participant = status !== undefined && status !== "DENIED" && status !== "REMOVED";
  const inside = participant && status !== "WAITING";
  const scheduled = session.status === "SCHEDULED";
  const active = session.status === "ACTIVE";
  return {
    host,
    start: scheduled && (host || creator),
    edit: (scheduled || active) && (host || creator),
    cancel: scheduled && (host || creator || admin),
    end: active && (host || admin || (session.kind !== "CLASS" && (inside || (creator && status !== "WAITING")))),
    readRecords: admin || inside || status === undefined,
    addFiles: inside || (creator && status === undefined),
    deleteFiles: admin || (host && inside),
    seeAttendance: session.status === "ENDED" && (host || creator || admin),
  };
}

/** Less than this is nobody late. */
const LATE_SEC = 60;
/** What starts so soon after its creation began by "start now". */
const AT_ONCE_MS = 60_000;

/** By how many seconds somebody came late; who started it at once was there before anybody could be. */
export function lateSec({ createdAt, startedAt, createdBy }: Session, { userId, lateSec }: Pick<Attendance, "userId" | "lateSec">): number {
  const atOnce = startedAt != null && Date.parse(startedAt) - Date.parse(createdAt) < AT_ONCE_MS;
  return lateSec < LATE_SEC || (atOnce && userId === createdBy) ? 0 : lateSec;
}

/** The page on which it takes place. */
export function livePath(session: Pick<Session, "id" | "kind">): string {
  return session.kind === "CLASS" ? `/sessions/${session.id}/live` : `/meeting/${session.id}`;
}

export function isOpen(session: Session): boolean {
  return session.status === "SCHEDULED" || session.status === "ACTIVE";
}

import type { Notification } from "@/api/types";
import i18next from "i18next";

import { dateTime } from "./format";
import { livePath } from "./sessions";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The session that it is about. Other services name their own things, whose ids lead nowhere here. */
export function sessionOf({ payload }: Pick<Notification, "payload">): string | undefined {
  return [payload["sessionId"], payload["interviewId"]].find((value): value is string => typeof value === "string" && UUID.test(value));
}

/** The page of what it is about; `null` where there is none. */
export function notificationLink({ event, payload }: Notification): string | null {
  if (event === "job:dead") return "/admin/jobs";
  const id = sessionOf({ payload });
  if (id === undefined) return null;
  if (event === "room:waiting" || event === "room:hand-raised") return livePath({ id, kind: payload["kind"] === "CLASS" ? "CLASS" : "MENTORING" });
  const analysis = payload["analysisId"];
  if (typeof analysis === "string" && UUID.test(analysis)) return `/sessions/${id}?analysis=${analysis}`;
  return `/sessions/${id}`;
}

/** What it says, in the page's language; what only others know of is told in their words. */
export function notificationText({ event, payload }: Notification, language: string): string {
  const text = (name: string) => (typeof payload[name] === "string" ? payload[name] : undefined);
  const about = { title: text("title"), name: text("userDisplayName"), job: text("jobKind") };
  const expired = event === "session:canceled" && payload["endReason"] === "EXPIRED";
  const invitedBy = event === "session:invited" && about.name !== undefined;
  const key = `notifications.event.${expired ? "session-expired" : invitedBy ? "session-invited-by" : event.replace(":", "-")}`;
  const complete = event.startsWith("analysis:") || about.title !== undefined || about.job !== undefined;
  if (complete && i18next.exists(key)) {
    const at = text("scheduledAt");
    const time = at === undefined || Number.isNaN(Date.parse(at)) ? "" : dateTime(at, language);
    return i18next.t(key as "notifications.event.session-started", { ...about, time });
  }
  return text("message") ?? event;
}

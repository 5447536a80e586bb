import i18next from "i18next";
import { expect, it } from "vitest";

import { en } from "@/i18n/en";

import { notificationLink, notificationText } from "./notifications";

const SESSION = "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f";
const ANALYSIS = "0197c1a0-7e60-7000-8000-000000000004";
const told = (event: string, payload: Record<string, unknown>) => ({ id: "1", event, payload, timestamp: "2026-01-10T08:30:00Z" });

it("leads to what it is about", () => {
  expect(notificationLink(told("session:invited", { sessionId: SESSION }))).toBe(`/sessions/${SESSION}`);
  expect(notificationLink(told("room:waiting", { sessionId: SESSION, kind: "CLASS" }))).toBe(`/sessions/${SESSION}/live`);
  expect(notificationLink(told("room:hand-raised", { sessionId: SESSION, kind: "INTERVIEW" }))).toBe(`/meeting/${SESSION}`);
  expect(notificationLink(told("analysis:completed", { interviewId: SESSION, analysisId: ANALYSIS }))).toBe(`/sessions/${SESSION}?analysis=${ANALYSIS}`);
  expect(notificationLink(told("job:dead", { jobId: ANALYSIS }))).toBe("/admin/jobs");
});

it("leads nowhere where another service names its own things", () => {
  expect(notificationLink(told("analysis:completed", { interviewId: "507f191e810c19729de860ea", status: "success" }))).toBeNull();
  expect(notificationLink(told("course:opened", { sessionId: "../../evil" }))).toBeNull();
});

it("says who invites, where that is told", async () => {
  await i18next.init({ lng: "en", resources: { en: { translation: en } } });
  const payload = { sessionId: SESSION, title: "First talk", message: "as it is" };
  expect(notificationText(told("session:invited", payload), "en")).toMatch(/^You were invited to “First talk”/);
  expect(notificationText(told("session:invited", { ...payload, userDisplayName: "Alice Adams" }), "en")).toMatch(/^Alice Adams invited you to “First talk”/);
});

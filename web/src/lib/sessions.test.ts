import type { Session, User } from "@mockly/client";
import { expect, it } from "vitest";

import { lateSec, others, rights } from "./sessions";

const participants = [
  { userId: "a", userDisplayName: "Alice Adams" },
  { userId: "b", userDisplayName: "Bob Brown" },
];
const seenBy = (id: string, kind: Session["kind"]) => others({ kind, participants } as Session, { id } as User);

it("says with whom a session is, from where one stands", () => {
  expect(seenBy("a", "INTERVIEW")).toEqual(["Bob Brown"]);
  expect(seenBy("b", "MENTORING")).toEqual(["Alice Adams"]);
  expect(seenBy("admin", "INTERVIEW")).toEqual(["Alice Adams", "Bob Brown"]);
  expect(seenBy("a", "CLASS")).toEqual([]);
});

it("offers the end for everyone to those whom the server lets end it", () => {
  const mayEnd = (kind: Session["kind"], role: string, { status = "JOINED", createdBy = "a", roles = ["MEMBER"] } = {}) =>
    rights({ kind, status: "ACTIVE", createdBy, participants: [{ userId: "b", role, status }] } as unknown as Session, { id: "b", roles } as unknown as User).end;
  expect([mayEnd("INTERVIEW", "CANDIDATE"), mayEnd("MENTORING", "MENTEE"), mayEnd("CLASS", "TEACHER")]).toEqual([true, true, true]);
  expect([mayEnd("CLASS", "STUDENT"), mayEnd("INTERVIEW", "CANDIDATE", { status: "WAITING" }), mayEnd("MENTORING", "MENTEE", { status: "WAITING", createdBy: "b" })]).toEqual([false, false, false]);
  expect(mayEnd("CLASS", "STUDENT", { roles: ["ADMIN"] })).toBe(true);
});

it("calls nobody late for less than a minute, nor who started it at once", () => {
  const at = (startedAt: string) => ({ createdAt: "2026-11-26T10:00:00Z", startedAt, createdBy: "a" }) as Session;
  const [atOnce, planned] = [at("2026-11-26T10:00:01Z"), at("2026-11-26T11:00:00Z")];
  expect(lateSec(planned, { userId: "a", lateSec: 59 })).toBe(0);
  expect(lateSec(planned, { userId: "a", lateSec: 60 })).toBe(60);
  expect(lateSec(atOnce, { userId: "a", lateSec: 150 })).toBe(0);
  expect(lateSec(atOnce, { userId: "b", lateSec: 150 })).toBe(150);
});

import type { Session, User } from "@mockly/client";
import { expect, it } from "vitest";

import { others } from "./sessions";

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

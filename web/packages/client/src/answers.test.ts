import { expect, it } from "vitest";

import { answerId, questionOf } from "./answers";

it("tells by an answer's id which question is meant", () => {
  const chatId = answerId("0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f", "k1");
  expect(questionOf({ messageType: "ANSWER", chatId })).toBe("0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f");
  expect(chatId.length + 78).toBeLessThanOrEqual(128);
});

it("knows of no question where another client answered, or where it is no answer", () => {
  expect(questionOf({ messageType: "ANSWER", chatId: "something-else" })).toBeNull();
  expect(questionOf({ messageType: "CHAT", chatId: answerId("q", "k") })).toBeNull();
});

import { answerId, type ChatEntry, emptyRoom, type PollView } from "@mockly/client";
import { expect, it } from "vitest";

import { openFor } from "./open";

const reader = { userId: "bob", host: false, seenUntil: 0 };
const poll = (pollId: string, closed = false): PollView => ({ pollId, question: "?", closed, options: [{ id: "a", text: "Yes", votes: 3 }] }) as PollView;
const message = (messageId: string, clientId: string, timestamp: number, more: Partial<ChatEntry> = {}): ChatEntry => ({
  messageId,
  clientId,
  timestamp,
  chatId: messageId,
  chatContent: "Why?",
  displayName: clientId,
  sessionId: "s",
  messageType: "QUESTION",
  state: "stored",
  ...more,
});

it("counts a poll until one has voted or it is closed, and never for a host", () => {
  const view = { ...emptyRoom(), polls: [poll("1"), poll("2"), poll("3", true)] };
  expect(openFor(view, reader)).toBe(2);
  expect(openFor({ ...view, votes: { "1": "a" } }, reader)).toBe(1);
  expect(openFor(view, { ...reader, host: true })).toBe(0);
});

it("counts the questions of others until they are looked at or answered", () => {
  const question = "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f";
  const view = { ...emptyRoom(), messages: [message(question, "carol", 1), message("b", "bob", 2), message("c", "carol", 3)] };
  expect(openFor(view, reader)).toBe(2);
  expect(openFor(view, { ...reader, seenUntil: 1 })).toBe(1);
  expect(openFor(view, { ...reader, seenUntil: 3 })).toBe(0);
  const answer = message("d", "alice", 4, { messageType: "ANSWER", chatId: answerId(question, "0".repeat(32)) });
  expect(openFor({ ...view, messages: [...view.messages, answer] }, reader)).toBe(1);
});

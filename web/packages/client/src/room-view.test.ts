import { describe, expect, it } from "vitest";

import type { ChatMessage, RoomEvent } from "./room-events";
import { addPending, applyRoomEvent, emptyRoom, type RoomView } from "./room-view";

const member = (clientId: string, role: "host" | "participant" | "waiting" = "participant") => ({ clientId, displayName: clientId, role, online: true });
const actor = (clientId: string) => ({ clientId, displayName: clientId });

function chat(number: number, clientId = "bob"): ChatMessage {
  const id = String(number).padStart(4, "0");
  return {
    clientId,
    displayName: clientId,
    chatId: `chat-${id}`,
    messageId: `message-${id}`,
    timestamp: 1_000 + number,
    chatContent: `text ${number}`,
    messageType: "CHAT",
    sessionId: "s",
  };
}

function after(events: RoomEvent[], view: RoomView = emptyRoom()): RoomView {
  return events.reduce(applyRoomEvent, view);
}

const entered: RoomEvent = {
  event: "room_state",
  payload: {
    roomId: "s",
    hosts: [member("ada", "host")],
    participants: [member("ada", "host"), member("bob")],
    waitingUsers: [member("eve", "waiting")],
    handsRaised: [],
    sharingScreen: [],
    unmuted: [],
    cameraOn: [],
  },
};

describe("who is in a room", () => {
  it("moves from the waiting room inside", () => {
    const view = after([
      entered,
      { event: "accept_waiting", payload: actor("eve") },
      { event: "connect", payload: { ...actor("eve"), role: "participant", participantCount: 3 } },
    ]);
    expect(view.waitingUsers).toEqual([]);
    expect(view.participants.map(({ clientId }) => clientId)).toEqual(["ada", "bob", "eve"]);
  });

  it("keeps the place in the list when only the role is new", () => {
    const view = after([entered, { event: "connect", payload: { ...actor("ada"), role: "host", participantCount: 2, roleChanged: true } }]);
    expect(view.participants.map(({ clientId }) => clientId)).toEqual(["ada", "bob"]);
    expect(view.hosts).toHaveLength(1);
  });

  it("takes the hand down with who goes", () => {
    const view = after([
      entered,
      { event: "raise_hand", payload: actor("bob") },
      { event: "disconnect", payload: { ...actor("bob"), participantCount: 1 } },
    ]);
    expect(view.handsRaised).toEqual([]);
    expect(view.participants).toHaveLength(1);
  });

  it("counts a hand that is told twice once, in the order of raising", () => {
    const raise = (id: string): RoomEvent => ({ event: "raise_hand", payload: actor(id) });
    const view = after([entered, raise("bob"), raise("ada"), raise("bob")]);
    expect(view.handsRaised.map(({ clientId }) => clientId)).toEqual(["bob", "ada"]);
  });

  it("forgets a request to share once it is answered", () => {
    const view = after([
      entered,
      { event: "request_screenshare", payload: actor("bob") },
      { event: "accept_screenshare", payload: actor("bob") },
    ]);
    expect(view.requests).toEqual([]);
    expect(view.sharingScreen.map(({ clientId }) => clientId)).toEqual(["bob"]);
  });
});

describe("the chat", () => {
  it("replaces what is on the way by what is stored, in any order and any number of times", () => {
    const own = chat(3, "me");
    const { messageId: _, ...sent } = own;
    const view = after(
      [
        { event: "add_chat", payload: chat(4) },
        { event: "add_chat", payload: own },
        { event: "add_chat", payload: own },
      ],
      addPending(emptyRoom(), sent),
    );
    expect(view.messages.map(({ chatId, state }) => [chatId, state])).toEqual([
      ["chat-0003", "stored"],
      ["chat-0004", "stored"],
    ]);
  });

  it("does not take another's message with the same chat id for one's own", () => {
    const { messageId: _, ...sent } = chat(1, "me");
    const view = after([{ event: "add_chat", payload: chat(1, "bob") }], addPending(emptyRoom(), sent));
    expect(view.messages.map(({ clientId, state }) => [clientId, state])).toEqual([
      ["bob", "stored"],
      ["me", "pending"],
    ]);
  });

  it("fills a short gap after a reconnect without doubling anything", () => {
    const before = after([{ event: "get_recent_chats", payload: [chat(1), chat(2)] }]);
    const view = after([{ event: "get_recent_chats", payload: [chat(1), chat(2), chat(3)] }], before);
    expect(view.messages.map(({ messageId }) => messageId)).toEqual(["message-0001", "message-0002", "message-0003"]);
    expect(view.hasOlder).toBe(false);
  });

  it("drops what lies before a gap that is longer than what is sent, and reads it again on the way up", () => {
    const before = after([{ event: "get_recent_chats", payload: [chat(1), chat(2)] }]);
    const newest = Array.from({ length: 100 }, (_, index) => chat(500 + index));
    const view = after([{ event: "get_recent_chats", payload: newest }], before);
    expect(view.messages).toHaveLength(100);
    expect(view.hasOlder).toBe(true);
  });

  it("loses what was taken back while one was away", () => {
    const before = after([{ event: "get_recent_chats", payload: [chat(1), chat(2), chat(3)] }]);
    const view = after([{ event: "get_recent_chats", payload: [chat(1), chat(3)] }], before);
    expect(view.messages.map(({ messageId }) => messageId)).toEqual(["message-0001", "message-0003"]);
  });

  it("marks a refused message as failed", () => {
    const { messageId: _, ...sent } = chat(1, "me");
    const error: RoomEvent = { event: "error", payload: { code: "rate-limited", message: "", event: "add_chat" } };
    const view = after([error], addPending(emptyRoom(), sent));
    expect(view.messages[0]?.state).toBe("failed");
  });
});

it("shows a poll as it was told last, and one's own vote", () => {
  const poll = (votes: number, closed: boolean): RoomEvent => ({
    event: "poll",
    payload: { pollId: "p", question: "?", options: [{ id: "1", text: "yes", votes }], closed },
  });
  const view = after([poll(0, false), poll(1, false), { event: "vote_poll", payload: { ...actor("me"), pollId: "p", optionId: "1" } }, poll(1, true)]);
  expect(view.polls).toHaveLength(1);
  expect(view.polls[0]?.closed).toBe(true);
  expect(view.votes).toEqual({ p: "1" });
});

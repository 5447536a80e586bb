import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { LiveRoom } from "./live-room";
import { createRest } from "./rest";
import type { RoomEvent } from "./room-events";

/** A socket whose other end is the test. */
class FakeSocket {
  static last: FakeSocket;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  sent: string[] = [];
  constructor() {
    FakeSocket.last = this;
  }
  send(text: string) {
    this.sent.push((JSON.parse(text) as { event: string }).event);
  }
  close() {
    // Nobody is there to answer it.
  }
  hear(event: RoomEvent) {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
}

const member = (clientId: string, role: "host" | "participant" | "waiting") => ({ clientId, displayName: clientId, role, online: true });
const [ada, bob, eve, dan] = [member("ada", "host"), member("bob", "participant"), member("eve", "waiting"), member("dan", "waiting")];
const state: Extract<RoomEvent, { event: "room_state" }> = {
  event: "room_state",
  payload: { roomId: "s", hosts: [ada], participants: [ada, bob], waitingUsers: [eve, dan], handsRaised: [bob], sharingScreen: [], unmuted: [ada, bob], cameraOn: [bob] },
};
const pong: RoomEvent = { event: "pong", payload: {} };
const refusal = (event: string): RoomEvent => ({ event: "error", payload: { code: "session-full", message: "", event } });

let room: LiveRoom;
const ids = (list: "participants" | "waitingUsers" | "handsRaised" | "unmuted" | "cameraOn") => room.get().view[list].map(({ clientId }) => clientId);

beforeEach(async () => {
  vi.useFakeTimers();
  const fetch = () => Promise.resolve(new Response('{"ticket":"t"}', { headers: { "Content-Type": "application/json" } }));
  const rest = createRest({ baseUrl: "https://meet.example", tokens: { token: () => Promise.resolve("t"), renew: () => Promise.resolve(null) }, fetch });
  room = new LiveRoom({ origin: "wss://meet.example", sessionId: "s", user: { id: "ada", displayName: "ada" }, rest, WebSocket: FakeSocket as unknown as typeof WebSocket });
  room.start();
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.hear(state);
});
afterEach(() => {
  room.stop();
  vi.useRealTimers();
});

it("shows what was asked for at once, and what came of it once it is answered", () => {
  room.act("accept_waiting", { clientId: "eve" });
  expect(ids("waitingUsers")).toEqual(["dan"]);
  expect(ids("participants")).toEqual(["ada", "bob", "eve"]);
  // Somebody else goes meanwhile; both are seen.
  FakeSocket.last.hear({ event: "disconnect", payload: { ...bob, participantCount: 1 } });
  expect(ids("participants")).toEqual(["ada", "eve"]);
  FakeSocket.last.hear({ event: "accept_waiting", payload: eve });
  FakeSocket.last.hear({ event: "connect", payload: { ...eve, role: "participant", participantCount: 2 } });
  FakeSocket.last.hear(pong);
  expect(ids("participants")).toEqual(["ada", "eve"]);
  expect(ids("waitingUsers")).toEqual(["dan"]);
});

it("undoes what is refused, that alone, and tells of it", () => {
  const heard: string[] = [];
  room.listen(({ event, payload }) => event === "error" && heard.push(`${payload.event} ${payload.code}`));
  room.act("accept_waiting", { clientId: "eve" });
  room.act("deny_waiting", { clientId: "dan" });
  room.act("lower_hand", { clientId: "bob" });
  expect([ids("waitingUsers"), ids("handsRaised")]).toEqual([[], []]);
  FakeSocket.last.hear(refusal("accept_waiting"));
  expect(ids("waitingUsers")).toEqual(["eve"]);
  FakeSocket.last.hear(pong);
  FakeSocket.last.hear({ event: "deny_waiting", payload: dan });
  FakeSocket.last.hear(pong);
  FakeSocket.last.hear(refusal("lower_hand"));
  FakeSocket.last.hear(pong);
  expect([ids("waitingUsers"), ids("handsRaised")]).toEqual([["eve"], ["bob"]]);
  expect(heard).toEqual(["accept_waiting session-full", "lower_hand session-full"]);
});

it("shows the server's own state where it did something else than was asked for", () => {
  room.act("accept_waiting", { all: true });
  expect(ids("waitingUsers")).toEqual([]);
  // There was one seat.
  FakeSocket.last.hear({ event: "accept_waiting", payload: eve });
  FakeSocket.last.hear({ event: "connect", payload: { ...eve, role: "participant", participantCount: 3 } });
  FakeSocket.last.hear(refusal("accept_waiting"));
  FakeSocket.last.hear(pong);
  expect(ids("waitingUsers")).toEqual(["dan"]);
  expect(ids("participants")).toEqual(["ada", "bob", "eve"]);
});

it("foresees each of a host's commands", () => {
  room.act("mute_participant", { all: true, source: "MICROPHONE" });
  expect(ids("unmuted")).toEqual(["ada"]);
  room.act("mute_participant", { clientId: "bob", source: "CAMERA" });
  expect(ids("cameraOn")).toEqual([]);
  const roleOfBob = () => room.get().view.participants.find(({ clientId }) => clientId === "bob")?.role;
  room.act("accept_screenshare", { clientId: "bob" });
  expect(roleOfBob()).toBe("screenshare");
  room.act("deny_screenshare", { clientId: "bob" });
  expect(roleOfBob()).toBe("participant");
  room.act("remove_participant", { clientId: "bob" });
  expect(ids("participants")).toEqual(["ada"]);
  room.act("raise_hand", {});
  expect(ids("handsRaised")).toEqual(["ada"]);
  room.act("lower_hand", {});
  expect(ids("handsRaised")).toEqual([]);
  // Nothing of it was ever told.
  for (let answered = 0; answered < 7; answered += 1) FakeSocket.last.hear(pong);
  expect([ids("participants"), ids("handsRaised"), ids("unmuted"), ids("cameraOn")]).toEqual([["ada", "bob"], ["bob"], ["ada", "bob"], ["bob"]]);
});

it("tells on coming back that one's hand was lowered and one's leave to share is gone, and of nothing else", async () => {
  const heard: string[] = [];
  room.listen(({ event, payload }) => event === "lost" && heard.push(payload.what));
  const after = async (raised: typeof ada[], sharing: typeof ada[]) => {
    FakeSocket.last.onclose?.({ code: 1006, reason: "" });
    await vi.advanceTimersByTimeAsync(1_000);
    FakeSocket.last.hear({ event: "room_state", payload: { ...state.payload, handsRaised: raised, sharingScreen: sharing } });
  };
  await after([ada, bob], [ada]);
  // Bob's are his to hear of; told again while one is there, it is no news.
  await after([ada], [ada]);
  FakeSocket.last.hear(state);
  FakeSocket.last.hear({ event: "room_state", payload: { ...state.payload, handsRaised: [ada], sharingScreen: [ada] } });
  expect(heard).toEqual([]);
  await after([], []);
  expect(heard).toEqual(["hand", "share"]);
});

it("shows the state that is told after a break, whatever was under way", async () => {
  room.act("remove_participant", { clientId: "bob" });
  const lost = FakeSocket.last;
  lost.onclose?.({ code: 1006, reason: "" });
  expect(ids("participants")).toEqual(["ada", "bob"]);
  await vi.advanceTimersByTimeAsync(1_000);
  FakeSocket.last.hear(state);
  // A ping of the new connection answers nothing of the old one.
  room.act("lower_hand", { all: true });
  FakeSocket.last.hear(pong);
  expect(ids("handsRaised")).toEqual(["bob"]);
});

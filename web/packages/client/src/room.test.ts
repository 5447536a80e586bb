import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { CLOSE, RoomConnection, type RoomStatus } from "./room";

/** A socket whose other end is the test. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static get last() {
    return FakeSocket.all.at(-1)!;
  }
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: string[] = [];
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    // The other end never answers: what a dead network looks like.
  }
  hear(event: string, payload: object = {}) {
    this.onmessage?.({ data: JSON.stringify({ event, payload }) });
  }
  end(code: number, reason = "") {
    this.onclose?.({ code, reason });
  }
}

let statuses: RoomStatus[];
let events: string[];
let tickets: number;
let connection: RoomConnection;

async function start() {
  statuses = [];
  events = [];
  tickets = 0;
  FakeSocket.all = [];
  connection = new RoomConnection({
    origin: "wss://meet.example",
    roomId: "a b",
    ticket: () => Promise.resolve(`ticket-${(tickets += 1)}`),
    onEvent: ({ event }) => events.push(event),
    onStatus: (status) => statuses.push(status),
    random: () => 1,
    WebSocket: FakeSocket as unknown as typeof WebSocket,
  });
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

it("is open once the door has told the room's state", async () => {
  await start();
  expect(FakeSocket.last.url).toBe("wss://meet.example/ws/zoom/a%20b?ticket=ticket-1");
  expect(connection.send("raise_hand", {})).toBe(false);
  FakeSocket.last.hear("room_state");
  expect(statuses.at(-1)).toEqual({ state: "open" });
  expect(connection.send("raise_hand", {})).toBe(true);
});

it("comes back with a new ticket, ever more slowly", async () => {
  await start();
  FakeSocket.last.hear("room_state");
  FakeSocket.last.end(1006);
  expect(statuses.at(-1)).toEqual({ state: "reconnecting" });
  await vi.advanceTimersByTimeAsync(299);
  expect(FakeSocket.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(FakeSocket.all).toHaveLength(2);
  expect(FakeSocket.last.url).toContain("ticket-2");
  FakeSocket.last.end(1006);
  await vi.advanceTimersByTimeAsync(599);
  expect(FakeSocket.all).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(FakeSocket.all).toHaveLength(3);
});

it("waits as long as a server that goes away asks", async () => {
  await start();
  FakeSocket.last.hear("room_state");
  FakeSocket.last.end(CLOSE.goingAway, "retry-after-ms=3000");
  await vi.advanceTimersByTimeAsync(2_999);
  expect(FakeSocket.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(FakeSocket.all).toHaveLength(2);
});

it("stays away after a refusal, and says which", async () => {
  await start();
  FakeSocket.last.hear("error", { code: "denied", message: "" });
  FakeSocket.last.end(CLOSE.refused);
  expect(statuses.at(-1)).toEqual({ state: "closed", code: 4403, error: "denied" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(1);
});

it("gives up a socket that answers no ping, and hears nothing of it any more", async () => {
  await start();
  const dead = FakeSocket.last;
  dead.hear("room_state");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(dead.sent).toEqual(['{"event":"ping","payload":{}}']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(statuses.at(-1)).toEqual({ state: "reconnecting" });
  await vi.advanceTimersByTimeAsync(300);
  FakeSocket.last.hear("room_state");
  dead.hear("raise_hand");
  dead.end(CLOSE.ended);
  expect(statuses.at(-1)).toEqual({ state: "open" });
  expect(events).toEqual(["room_state", "room_state"]);
});

it("keeps a socket that answers", async () => {
  await start();
  FakeSocket.last.hear("room_state");
  for (let round = 0; round < 5; round += 1) {
    await vi.advanceTimersByTimeAsync(15_000);
    FakeSocket.last.hear("pong");
  }
  expect(FakeSocket.all).toHaveLength(1);
  expect(statuses).toEqual([{ state: "connecting" }, { state: "open" }]);
});

it("gives up after eight attempts in a row, and begins anew when it is told to", async () => {
  await start();
  FakeSocket.last.hear("room_state");
  for (let round = 0; round < 9; round += 1) {
    expect(statuses.at(-1)?.state).not.toBe("unreachable");
    FakeSocket.last.end(1006);
    await vi.advanceTimersByTimeAsync(8_000);
  }
  expect(statuses.at(-1)).toEqual({ state: "unreachable" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(9);
  connection.hurry();
  expect(statuses.at(-1)).toEqual({ state: "reconnecting" });
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.hear("room_state");
  expect(statuses.at(-1)).toEqual({ state: "open" });
});

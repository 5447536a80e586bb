// What a server sent to a student in a lesson of a few minutes, played again with everything that networks do to it.
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { LiveRoom } from "./live-room";
import { createRest } from "./rest";
import type { ChatMessage, ClientEvents, RoomEvent } from "./room-events";
import { applyRoomEvent, emptyRoom, type RoomView } from "./room-view";
import roomTraffic from "./recorded/room.json";
import topicTraffic from "./recorded/topics.json";
import { Topics } from "./topics";

const RECORDED = roomTraffic as RoomEvent[];
const state = RECORDED[0] as Extract<RoomEvent, { event: "room_state" }>;
const BOB = state.payload.participants.find(({ displayName }) => displayName === "Bob Brown")!;
const SEEDS = 150;

/** Mulberry32: the same faults for the same seed. */
function randomOf(seed: number) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The server's end: what has happened by now, whoever hears it, and each message once by its sender's `chatId`. */
class Server {
  socket: FakeSocket | null = null;
  view: RoomView = emptyRoom();
  messages: ChatMessage[] = [];
  /** Whether what it says to Bob gets lost, as in the moment before a connection is known to be dead. */
  deaf = false;

  happen(event: RoomEvent): RoomEvent {
    this.view = applyRoomEvent(this.view, event);
    if (event.event === "add_chat") this.messages.push(event.payload);
    if (event.event === "delete_chat") this.messages = this.messages.filter(({ messageId }) => messageId !== event.payload.messageId);
    return event;
  }

  say(event: RoomEvent) {
    if (!this.deaf) this.socket?.hear(event);
  }

  enter(socket: FakeSocket) {
    this.socket = socket;
    this.deaf = false;
    const { hosts, participants, waitingUsers, handsRaised, sharingScreen, unmuted, cameraOn } = this.view;
    this.say({ event: "room_state", payload: { roomId: "s", hosts, participants, waitingUsers, handsRaised, sharingScreen, unmuted, cameraOn } });
    for (const poll of this.view.polls) this.say({ event: "poll", payload: poll });
  }

  take(event: keyof ClientEvents, payload: ClientEvents["add_chat"]) {
    if (event === "get_recent_chats") this.say({ event, payload: this.messages.slice(-100) });
    if (event !== "add_chat") return;
    const known = this.messages.find(({ clientId, chatId }) => clientId === BOB.clientId && chatId === payload.chatId);
    if (known !== undefined) return this.say({ event, payload: known });
    const last = this.messages.at(-1);
    const stored = { ...payload, clientId: BOB.clientId, displayName: BOB.displayName, sessionId: "s", timestamp: last?.timestamp ?? 0, messageId: `${last?.messageId ?? ""}+` };
    this.say(this.happen({ event, payload: stored }));
  }
}

class FakeSocket {
  static server: Server;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  constructor() {
    queueMicrotask(() => FakeSocket.server.enter(this));
  }
  hear(event: RoomEvent) {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
  send(text: string) {
    const { event, payload } = JSON.parse(text) as { event: keyof ClientEvents; payload: ClientEvents["add_chat"] };
    FakeSocket.server.take(event, payload);
  }
  close() {
    // Nobody is there to answer it.
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("shows what the server has, whatever got lost, came twice or late, and whenever the connection broke", async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const random = randomOf(seed);
    const server = (FakeSocket.server = new Server());
    server.happen(state);
    const answer = () => Promise.resolve(new Response('{"ticket":"t","expiresAt":""}', { headers: { "Content-Type": "application/json" } }));
    const rest = createRest({ baseUrl: "https://meet.example", tokens: { token: () => Promise.resolve("t"), renew: () => Promise.resolve(null) }, fetch: answer });
    const room = new LiveRoom({
      origin: "wss://meet.example",
      sessionId: "s",
      user: { id: BOB.clientId, displayName: BOB.displayName },
      rest,
      random,
      now: () => 0,
      WebSocket: FakeSocket as unknown as typeof WebSocket,
    });
    room.start();
    await vi.advanceTimersByTimeAsync(1);
    let written = 0;
    let late: RoomEvent | null = null;
    for (const recorded of RECORDED.slice(1)) {
      if (recorded.event === "get_recent_chats" || recorded.event === "session_ended") continue;
      // Bob writes, sometimes into a connection that is dead already.
      if (random() < 0.2) room.chat(`mine ${(written += 1)}`, "CHAT");
      if (random() < 0.15) server.deaf = true;
      const event = server.happen(recorded);
      const chat = event.event === "add_chat";
      if (chat && late === null && random() < 0.2) late = event;
      else {
        server.say(event);
        if (chat && random() < 0.3) server.say(event);
        if (late !== null) server.say(late);
        late = null;
      }
      if (server.deaf ? random() < 0.4 : random() < 0.1) {
        const lost = server.socket;
        server.socket = null;
        late = null;
        lost?.onclose?.({ code: 1006, reason: "" });
        if (random() < 0.5) await vi.advanceTimersByTimeAsync(10_000);
      }
    }
    // One more break mends what a dead connection has swallowed.
    server.socket?.onclose?.({ code: 1006, reason: "" });
    await vi.advanceTimersByTimeAsync(20_000);
    const { view, status } = room.get();
    room.stop();
    const shown = view.messages.map(({ messageId, chatContent, state }) => [messageId, chatContent, state]);
    expect(shown, `seed ${seed}`).toEqual(server.messages.map(({ messageId, chatContent }) => [messageId, chatContent, "stored"]));
    expect(view.messages.filter(({ chatContent }) => chatContent.startsWith("mine ")), `seed ${seed}`).toHaveLength(written);
    expect(status.state, `seed ${seed}`).toBe("open");
    for (const list of ["hosts", "participants", "handsRaised", "sharingScreen", "unmuted", "cameraOn", "polls"] as const) {
      expect(view[list], `seed ${seed}, ${list}`).toEqual(server.view[list]);
    }
  }
});

it("hears each event of a topic once and in its order, whenever the connection broke", async () => {
  const events = topicTraffic as { eventId: string; sequence: number }[];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const random = randomOf(seed);
    let stored = 0;
    let socket: { hear: (at: number) => void; drop: () => void } | null = null;
    // The server's end of STOMP: after SUBSCRIBE it sends what was missed, from the named event on.
    class FakeStomp {
      binaryType = "";
      readyState = 0;
      protocol = "v12.stomp";
      onopen: (() => void) | null = null;
      onmessage: ((event: { data: string }) => void) | null = null;
      onclose: ((event: object) => void) | null = null;
      #subscription = "";
      constructor() {
        queueMicrotask(() => {
          this.readyState = 1;
          this.onopen?.();
          this.#tell("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n");
        });
      }
      send(text: string) {
        const [command, ...lines] = text.split("\n\n")[0]!.split("\n");
        if (command !== "SUBSCRIBE") return;
        const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
        this.#subscription = headers["id"]!;
        const last = headers["last-event-id"];
        const from = last === undefined ? stored : events.findIndex(({ eventId }) => eventId === last) + 1;
        // The frame is answered after it was sent. Delivery is at least once: now and then the last one comes again.
        queueMicrotask(() => {
          for (let at = last !== undefined && random() < 0.5 ? from - 1 : from; at < stored; at += 1) this.hear(at);
          socket = { hear: (at) => this.hear(at), drop: () => this.close() };
        });
      }
      hear(at: number) {
        const body = JSON.stringify(events[at]);
        this.#tell(`MESSAGE\nsubscription:${this.#subscription}\nmessage-id:${events[at]!.eventId}\ndestination:/topic/x\n\n${body}`);
      }
      close() {
        if (this.readyState === 3) return;
        this.readyState = 3;
        socket = null;
        this.onclose?.({ code: 1006, reason: "", wasClean: false });
      }
      #tell(frame: string) {
        this.onmessage?.({ data: `${frame}\0` });
      }
    }
    vi.stubGlobal("WebSocket", FakeStomp);
    const topics = new Topics({ url: "wss://meet.example/ws", tokens: { token: () => Promise.resolve("t"), renew: () => Promise.resolve(null) } });
    const heard: number[] = [];
    topics.subscribe<{ sequence: number }>("/topic/x", ({ body }) => heard.push(body.sequence), () => undefined);
    const now = () => socket as { hear: (at: number) => void; drop: () => void } | null;
    await vi.advanceTimersByTimeAsync(1);
    for (let at = 0; at < events.length; at += 1) {
      if (random() < 0.6) await vi.advanceTimersByTimeAsync(10_000);
      stored = at + 1;
      now()?.hear(at);
      if (random() < 0.3) now()?.hear(at);
      if (random() < 0.4) now()?.drop();
    }
    await vi.advanceTimersByTimeAsync(20_000);
    topics.stop();
    expect(heard, `seed ${seed}`).toEqual(events.map(({ sequence }) => sequence));
  }
});

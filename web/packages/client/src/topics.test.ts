import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { type Link, Topics } from "./topics";

/** The server's end of a STOMP connection, as far as these tests need one. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static get last() {
    return FakeSocket.all.at(-1)!;
  }
  binaryType = "";
  readyState = 0;
  protocol = "v12.stomp";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: object) => void) | null = null;
  readonly frames: { command: string; headers: Record<string, string> }[] = [];

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string) {
    const [command, ...lines] = text.split("\n\n")[0]!.split("\n");
    if (command === undefined || command === "") return;
    const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
    this.frames.push({ command, headers });
    const receipt = headers["receipt"];
    if (receipt !== undefined) queueMicrotask(() => this.hear("RECEIPT", { "receipt-id": receipt }));
  }

  close() {
    this.drop();
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
    this.hear("CONNECTED", { version: "1.2", "heart-beat": "0,0" });
  }

  hear(command: string, headers: Record<string, string>, body = "") {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
    this.onmessage?.({ data: `${[command, ...lines].join("\n")}\n\n${body}\0` });
  }

  message(eventId: string, headers: Record<string, string> = {}) {
    const subscription = this.subscribed()["id"]!;
    this.hear("MESSAGE", { subscription, "message-id": eventId, destination: "/topic/x", ...headers }, JSON.stringify({ eventId }));
  }

  subscribed() {
    return this.frames.findLast(({ command }) => command === "SUBSCRIBE")!.headers;
  }

  drop() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code: 1006, reason: "", wasClean: false });
  }
}

let heard: string[];
let gaps: number;
let topics: Topics;
let token: () => Promise<string | null>;
let links: Link[];

async function start() {
  topics.subscribe<{ eventId: string }>("/topic/x", ({ id }) => heard.push(id), () => (gaps += 1));
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.open();
  await vi.advanceTimersByTimeAsync(0);
}

/** Long enough for the next attempt, however often it has failed. */
async function again() {
  await vi.advanceTimersByTimeAsync(10_000);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  heard = [];
  gaps = 0;
  links = [];
  let number = 0;
  token = () => Promise.resolve(`token-${(number += 1)}`);
  topics = new Topics({ url: "wss://meet.example/ws", tokens: { token: () => token(), renew: () => Promise.resolve(null) }, onLink: (next) => links.push(next) });
});
afterEach(() => {
  topics.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("has the caller read anew once the first subscription stands, and carries the token in CONNECT", async () => {
  await start();
  expect(FakeSocket.last.frames[0]).toMatchObject({ command: "CONNECT", headers: { Authorization: "Bearer token-1" } });
  expect(FakeSocket.last.url).not.toContain("token");
  expect(gaps).toBe(1);
});

it("goes on after the last message that it heard, and tells a repeat", async () => {
  await start();
  FakeSocket.last.message("a");
  FakeSocket.last.message("b");
  FakeSocket.last.drop();
  await again();
  FakeSocket.last.open();
  expect(FakeSocket.last.frames[0]?.headers["Authorization"]).toBe("Bearer token-2");
  expect(FakeSocket.last.subscribed()["last-event-id"]).toBe("b");
  for (const id of ["b", "c", "c"]) FakeSocket.last.message(id);
  expect(heard).toEqual(["a", "b", "c"]);
  expect(gaps).toBe(1);
});

it("has the caller read anew where the server cannot fill the gap", async () => {
  await start();
  FakeSocket.last.message("a");
  FakeSocket.last.drop();
  await again();
  FakeSocket.last.open();
  FakeSocket.last.message("z", { resume: "lost" });
  expect(gaps).toBe(2);
  expect(heard).toEqual(["a", "z"]);
});

it("goes on trying though no token can be had for a while", async () => {
  await start();
  const before = token;
  token = () => Promise.reject(new Error("away"));
  FakeSocket.last.drop();
  await again();
  const attempts = FakeSocket.all.length;
  FakeSocket.last.drop();
  token = before;
  await again();
  expect(FakeSocket.all.length).toBeGreaterThan(attempts);
  FakeSocket.last.open();
  expect(FakeSocket.last.frames[0]?.headers["Authorization"]).toBe("Bearer token-2");
});

it("gives up after eight attempts in a row, and begins anew when it is told to, after the last message", async () => {
  await start();
  FakeSocket.last.message("a");
  for (let round = 0; round < 9; round += 1) {
    expect(links).not.toContain("failed");
    FakeSocket.last.drop();
    await again();
  }
  expect(links.at(-1)).toBe("failed");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(9);
  // Tried along with something else, nobody is told before it succeeds.
  topics.retry({ once: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(10);
  FakeSocket.last.drop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(10);
  expect(links.slice(-2)).toEqual(["failed", "failed"]);
  topics.retry();
  expect(links.at(-1)).toBe("lost");
  await again();
  FakeSocket.last.open();
  expect(links.at(-1)).toBe("up");
  expect(FakeSocket.last.subscribed()["last-event-id"]).toBe("a");
});

it("takes a click while a quiet attempt is under way as the first of eight, and says so", async () => {
  await start();
  for (let round = 0; round < 9; round += 1) {
    FakeSocket.last.drop();
    await again();
  }
  topics.retry({ once: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(10);
  expect(links.at(-1)).toBe("failed");
  topics.retry();
  expect(links.at(-1)).toBe("lost");
  // The attempt that was under way fails, and others follow.
  FakeSocket.last.drop();
  await again();
  expect(FakeSocket.all.length).toBeGreaterThan(10);
  expect(links.at(-1)).toBe("lost");
  FakeSocket.last.open();
  expect(links.at(-1)).toBe("up");
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { offlineNow as OfflineNow } from "./offline";

let answers: boolean;
let offlineNow: typeof OfflineNow;
let browser: { onLine: boolean };

/** The browser's opinion, and what it sets off. */
async function browserSays(name: "offline" | "online") {
  browser.onLine = name === "online";
  window.dispatchEvent(new Event(name));
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  answers = true;
  browser = { onLine: true };
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("navigator", browser);
  vi.stubGlobal("fetch", () => (answers ? Promise.resolve(new Response(null)) : Promise.reject(new TypeError("Failed to fetch"))));
  ({ offlineNow } = await import("./offline"));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("does not take the browser's word while the server answers", async () => {
  await browserSays("offline");
  expect(offlineNow.get()).toBe(false);
  answers = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(offlineNow.get()).toBe(true);
  answers = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(offlineNow.get()).toBe(false);
});

it("is offline at once where the server does not answer either, until the network is back", async () => {
  answers = false;
  await browserSays("offline");
  expect(offlineNow.get()).toBe(true);
  await browserSays("online");
  expect(offlineNow.get()).toBe(false);
});

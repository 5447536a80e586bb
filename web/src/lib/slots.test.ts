import { afterEach, beforeEach, expect, it } from "vitest";

import { slots } from "./slots";

const before = process.env["TZ"];
beforeEach(() => {
  process.env["TZ"] = "Europe/Berlin";
});
afterEach(() => {
  process.env["TZ"] = before;
});

const values = (day: string, now: string) => slots(day, Date.parse(now)).map(({ value }) => value);

it("offers every quarter of an hour of a day to come, and of today what is left", () => {
  expect(values("2026-11-27", "2026-11-26T12:00:00+01:00")).toHaveLength(96);
  expect(values("2026-11-26", "2026-11-26T23:00:00+01:00")).toEqual(["23:15", "23:30", "23:45"]);
  expect(values("2026-11-26", "2026-11-26T23:50:00+01:00")).toEqual([]);
  expect(values("2026-11-25", "2026-11-26T12:00:00+01:00")).toEqual([]);
  expect(values("", "2026-11-26T12:00:00+01:00")).toEqual([]);
});

it("means the viewer's zone", () => {
  expect(slots("2026-11-27", 0).find(({ value }) => value === "09:15")?.at.toISOString()).toBe("2026-11-27T08:15:00.000Z");
});

it("leaves out the hour that clocks skip", () => {
  const spring = values("2026-03-29", "2026-03-01T00:00:00Z");
  expect(spring).toHaveLength(92);
  expect(spring).not.toContain("02:30");
});

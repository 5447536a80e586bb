import { expect, it } from "vitest";

import { fit } from "./fit";
import { withLinks } from "@/components/links";

/** What a window leaves for the tiles. */
const STAGES = {
  "1280 by 800": [1256, 654],
  "1280 by 800 with the side panel": [872, 654],
  "1440 by 900": [1416, 754],
  "1440 by 900 with the side panel": [1032, 754],
  "a telephone held upright": [374, 700],
  "a telephone held sideways": [820, 280],
} as const;
const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** How the page lays them out: as many in a row as there is room for. */
function laidOut(count: number, width: number, height: number) {
  const tile = fit(count, width, height);
  const columns = Math.min(count, Math.floor((width + 8) / (tile.width + 8)));
  return { tile, columns, rows: Math.ceil(count / columns) };
}

/** The width of a whole picture of 16 to 9 in a grid of so many columns. */
function pictureIn(columns: number, count: number, width: number, height: number) {
  const rows = Math.ceil(count / columns);
  return Math.min((width + 8) / columns - 8, (((height + 8) / rows - 8) * 16) / 9);
}

it.each(Object.entries(STAGES))("shows pictures as large as can be, and nearly whole, at %s", (_, [width, height]) => {
  for (const count of COUNTS) {
    const { tile, rows } = laidOut(count, width, height);
    expect(tile.width).toBeLessThanOrEqual(width);
    expect(rows * (tile.height + 8) - 8).toBeLessThanOrEqual(height);
    // Of a picture that fills the tile, this much is seen.
    expect(tile.width / tile.height / (16 / 9)).toBeGreaterThan(0.84);
    const best = Math.max(...COUNTS.slice(0, count).map((columns) => pictureIn(columns, count, width, height)));
    expect(tile.width).toBeGreaterThanOrEqual(Math.floor(best));
  }
});

it.each([
  ["1280 by 800", "1x1 2x1 2x2 2x2 3x2 3x2 3x3 3x3 3x3"],
  ["1280 by 800 with the side panel", "1x1 1x2 2x2 2x2 2x3 2x3 3x3 3x3 3x3"],
  ["1440 by 900", "1x1 2x1 2x2 2x2 3x2 3x2 3x3 3x3 3x3"],
  ["1440 by 900 with the side panel", "1x1 1x2 2x2 2x2 2x3 2x3 3x3 3x3 3x3"],
  // There are at most four to a page.
  ["a telephone held upright", "1x1 1x2 1x3 1x4"],
  ["a telephone held sideways", "1x1 2x1 3x1 3x2"],
] as const)("at %s there are columns and rows as one expects: %s", (stage, grids) => {
  const [width, height] = STAGES[stage];
  const expected = grids.split(" ");
  const found = expected.map((_, index) => laidOut(index + 1, width, height)).map(({ columns, rows }) => `${columns}x${rows}`);
  expect(found).toEqual(expected);
});

it("makes addresses links and leaves everything else as text", () => {
  const parts = withLinks('see https://example.org/a?b=1. or <img src=x> javascript:alert(1)');
  const links = parts.filter((part) => typeof part !== "string") as { props: { href: string } }[];
  expect(links.map(({ props }) => props.href)).toEqual(["https://example.org/a?b=1"]);
  expect(parts[2]).toBe(". or <img src=x> javascript:alert(1)");
});

import { expect, it } from "vitest";

import { fit } from "./fit";
import { withLinks } from "./links";

it("fits the tiles into the box, without one overlapping another", () => {
  for (const [width, height] of [
    [1200, 700],
    [390, 700],
    [844, 300],
  ] as const) {
    for (let count = 1; count <= 9; count += 1) {
      const tile = fit(count, width, height);
      const columns = Math.floor((width + 8) / (tile.width + 8));
      const rows = Math.ceil(count / columns);
      expect(rows * (tile.height + 8) - 8).toBeLessThanOrEqual(height);
      expect(tile.width * tile.height * count).toBeGreaterThan((width * height) / 3);
    }
  }
});

it("puts two people one above the other on a phone and side by side on a screen", () => {
  expect(fit(2, 390, 700).width).toBe(390);
  expect(fit(2, 1200, 600).width).toBeLessThan(600);
});

it("makes addresses links and leaves everything else as text", () => {
  const parts = withLinks('see https://example.org/a?b=1. or <img src=x> javascript:alert(1)');
  const links = parts.filter((part) => typeof part !== "string") as { props: { href: string } }[];
  expect(links.map(({ props }) => props.href)).toEqual(["https://example.org/a?b=1"]);
  expect(parts[2]).toBe(". or <img src=x> javascript:alert(1)");
});

import { expect, it } from "vitest";

import { ownPath } from "./own-path";

const at = (next: unknown) => ownPath(next, "https://mockly.example");

it("a path of ours is kept", () => {
  for (const path of ["/", "/sessions/1/live?embed=1#x", "/a//b"]) expect(at(path)).toBe(path);
});

it("what a browser reads as another's address is not", () => {
  for (const next of ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n\\evil.example", "/.//evil.example", "https://evil.example", "javascript:alert(1)", "x", "", "//", 7, undefined]) {
    expect(at(next), String(next)).toBe("/sessions");
  }
});

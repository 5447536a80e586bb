import { expect, it } from "vitest";

import { admin } from "./admin";
import { de } from "./de";
import { en } from "./en";
import { files } from "./files";
import { live } from "./live";

/** Every path to a text, with the names of what is filled in. */
function texts(of: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(of)) {
    const here = path === "" ? key : `${path}.${key}`;
    if (typeof value === "string") found.set(here, [...value.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort().join(","));
    else for (const entry of texts(value as object, here)) found.set(...entry);
  }
  return found;
}

it.each([{ en, de }, files, admin, live])("has every text in German, with the same things to fill in", (part) => {
  expect([...texts(part.de)].sort()).toEqual([...texts(part.en)].sort());
});

// The live page in an iframe of another origin, which hands it a token and hears what happens.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { PEOPLE, World, connected, createAndStart, hears, joinFromHere, makeClass, seesOthersMove, until } from "./harness.mjs";

let world, alice, bob, parent, origin;

before(async () => {
  // What a host platform writes.
  const page = `<!doctype html><title>School</title><h1>School</h1><iframe allow="camera; microphone; display-capture" width="900" height="600"></iframe><script>
    const { at, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    window.heard = [];
    addEventListener("message", ({ origin, source, data }) => {
      if (origin !== new URL(at).origin) return;
      heard.push(data);
      if (data.type === "mockly:token-wanted") source.postMessage({ type: "mockly:token", token }, origin);
    });
    document.querySelector("iframe").src = at;
  </script>`;
  parent = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(page)).listen(0, "127.0.0.1");
  await once(parent, "listening");
  origin = `http://127.0.0.1:${parent.address().port}`;
  world = await World.start(() => ({ EMBED_ORIGINS: origin }));
  [alice, bob] = [await world.person("alice"), await world.person(null)];
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
});
after(async () => {
  await world?.stop();
  parent?.closeAllConnections();
  parent?.close();
});

async function tokenOf({ email, password }) {
  const body = JSON.stringify({ email, password });
  const answer = await fetch(`${world.url}/api/auth/login`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  return (await answer.json()).accessToken;
}

/** The frame tells from a process of its own: it may come a moment after what is seen there. */
async function hasHeard(...told) {
  const heard = () => bob.evaluate(() => window.heard.map(({ type, code }) => (code === undefined ? type : `${type} ${code}`)));
  await until(`it hears ${told.at(-1)}`, async () => (await heard()).length >= told.length);
  assert.deepEqual(await heard(), told);
}

test("a student of the platform around is in by its token, and it hears so", async () => {
  await createAndStart(alice, world.url, "Trees");
  await joinFromHere(alice);
  await connected(alice);
  const at = `${alice.url()}?embed=1`;
  const token = await tokenOf(PEOPLE.bob);
  await bob.goto(`${origin}/#${new URLSearchParams({ at, token })}`);
  const room = bob.frameLocator("iframe");
  await room.getByRole("heading", { level: 1, name: "Trees" }).waitFor();
  assert.equal(await room.getByRole("link").count(), 0, "nothing leads out of it");
  await room.getByRole("button", { name: "Join", exact: true }).click();
  await room.locator("[data-testid=connection-state][data-state=connected]").waitFor({ state: "attached" });
  await seesOthersMove(alice);
  await hears(alice, 1);
  await hasHeard("mockly:token-wanted", "mockly:joined");
  await alice.getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await room.getByRole("heading", { level: 1, name: "The session has ended" }).waitFor();
  await hasHeard("mockly:token-wanted", "mockly:joined", "mockly:ended");
});

test("it hears why somebody cannot come in", async () => {
  const token = await tokenOf(PEOPLE.bob);
  await bob.goto("about:blank");
  await bob.goto(`${origin}/#${new URLSearchParams({ at: `${alice.url()}?embed=1`, token })}`);
  await bob.frameLocator("iframe").getByRole("heading", { level: 1, name: "This session has ended" }).waitFor();
  await hasHeard("mockly:token-wanted", "mockly:error session-closed");
});

test("only the live page may be framed, and only by that origin", async () => {
  const framedBy = async (path) => {
    const answer = await fetch(world.url + path, { headers: { Accept: "text/html" } });
    return /frame-ancestors ([^;]*)/.exec(answer.headers.get("Content-Security-Policy") ?? "")?.[1];
  };
  // Vite serves the pages of a UI under work, without the server's headers.
  const other = process.env.TEST_WEB_DIST ? undefined : "'none'";
  assert.equal(await framedBy("/sessions/1/live?embed=1"), process.env.TEST_WEB_DIST ? undefined : origin);
  assert.equal(await framedBy("/sessions?embed=1"), other);
  assert.equal(await framedBy("/sessions/1/live"), other);
  assert.deepEqual(world.complaints, []);
});

// What a host does shows at once, before the server has answered, and is undone where the server refuses.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, connected, createAndStart, joinFromHere, makeClass } from "./harness.mjs";

let world, alice, bob;
/** Frames of the host that have not reached the server; `null` while they pass. */
let held = null;
let toHost;

before(async () => {
  world = await World.start();
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
  await alice.routeWebSocket(/\/ws\/zoom\//, (page) => {
    const server = page.connectToServer();
    page.onMessage((frame) => {
      const command = JSON.parse(frame);
      // Her camera may come on meanwhile.
      if (held === null || command.event.startsWith("toggle_")) server.send(frame);
      else held.push(command);
    });
    toHost = (event, payload) => page.send(JSON.stringify({ event, payload }));
  });
  await createAndStart(alice, world.url, "Trees", { waitingRoom: true });
  await joinFromHere(alice);
  await connected(alice);
});
after(() => world?.stop());

const admit = () => alice.getByRole("button", { name: "Admit Bob Brown" });
const tab = (name) => alice.getByRole("tab", { name }).waitFor();

/** Answers each frame that was held as a server does that refuses. */
function refuse(code) {
  for (const { event } of held) {
    if (event === "ping") toHost("pong", {});
    else toHost("error", { code, message: "No.", event });
  }
  held = null;
}

test("somebody is let in at once, and waits again where there was no seat", async () => {
  await bob.goto(alice.url());
  await joinFromHere(bob);
  await bob.getByRole("heading", { level: 1, name: "Waiting for the host" }).waitFor();
  await alice.getByRole("button", { name: /^People/ }).click();
  await admit().waitFor();
  held = [];
  await admit().click();
  await admit().waitFor({ state: "detached" });
  await tab("People (2)");
  // Beside the ping that asks how it went, the page may ask whether the connection lives.
  const sent = held.map(({ event }) => event);
  assert.deepEqual([sent.filter((event) => event !== "ping"), sent.at(-1)], [["accept_waiting"], "ping"]);
  refuse("session-full");
  await admit().waitFor();
  await tab("People (1)");
  await alice.getByText("The session is full.").first().waitFor();
  await admit().click();
  await connected(bob);
});

test("somebody is muted and removed at once, and is there again where that was refused", async () => {
  const menu = alice.getByRole("button", { name: "What you can do with Bob Brown" });
  await bob.getByRole("button", { name: "Turn off microphone" }).waitFor();
  const row = alice.getByRole("tabpanel").getByRole("listitem").filter({ hasText: "Bob Brown" });
  await row.getByRole("img", { name: "Microphone on" }).waitFor();
  held = [];
  await menu.click();
  await alice.getByRole("menuitem", { name: "Mute", exact: true }).click();
  await row.getByRole("img", { name: "Microphone off" }).waitFor();
  await menu.click();
  await alice.getByRole("menuitem", { name: "Remove" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
  refuse("forbidden");
  await row.getByRole("img", { name: "Microphone on" }).waitFor();
  await alice.getByText("You may not do that.").first().waitFor();
  // Nothing of it has reached Bob.
  await bob.getByRole("button", { name: "Turn off microphone" }).waitFor();
  assert.deepEqual(world.complaints, []);
});

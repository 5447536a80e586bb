// From "New session" to "The session has ended", as two people see it: one at a laptop, one at a telephone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, connected, createAndStart, joinFromHere, makeClass, say, seesSomebodyMove, until } from "./harness.mjs";

let world, alice, bob;

before(async () => {
  world = await World.start();
  [alice, bob] = [await world.person("alice"), await world.person("bob", { viewport: { width: 390, height: 844 }, hasTouch: true })];
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
});
after(() => world?.stop());

test("a class from its creation to its end", async () => {
  await bob.goto(`${world.url}/sessions`);
  await alice.goto(`${world.url}/sessions`);
  const started = performance.now();
  await createAndStart(alice, world.url, "Flows and cuts");
  assert.equal(await alice.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("/token"))), false, "no token before Join");
  await joinFromHere(alice);
  await connected(alice);

  // The list has moved by itself.
  await bob.getByRole("listitem").filter({ hasText: "Flows and cuts" }).getByRole("link", { name: "Join" }).click();
  await joinFromHere(bob);
  await connected(bob);
  await Promise.all([seesSomebodyMove(alice), seesSomebodyMove(bob)]);
  await until("there is sound of the other", () => alice.evaluate(() => document.querySelectorAll("audio").length === 1));

  await say(alice, "Welcome, see https://example.org");
  await bob.getByRole("button", { name: "Chat, 1 unread" }).click();
  await bob.getByRole("log").getByRole("link", { name: "https://example.org" }).waitFor();
  await bob.getByText("Question", { exact: true }).click();
  await say(bob, "What is a cut?");
  await alice.getByRole("log").getByText("What is a cut?").waitFor();
  await bob.getByRole("button", { name: "Close the side panel" }).click();

  await bob.getByRole("button", { name: "Raise hand" }).click();
  await alice.getByText("Bob Brown raised a hand").first().waitFor();
  await bob.getByRole("button", { name: "Lower hand (number 1 in the queue)" }).waitFor();

  await alice.getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("heading", { level: 1, name: "The session has ended" }).waitFor();
  await bob.getByRole("heading", { level: 1, name: "The session has ended" }).waitFor();
  const seconds = (performance.now() - started) / 1000;
  console.log(`from "New session" to the end: ${seconds.toFixed(1)} s`);
  assert.ok(seconds < 30, `the demonstration took ${seconds} s`);

  // What it came to, for who led it and for who was there.
  await alice.getByRole("table").getByText("Bob Brown").waitFor();
  assert.equal(await bob.getByRole("table").count(), 0, "attendance is the host's to read");
  assert.deepEqual(world.complaints, []);
});

test("a waiting room, a poll, and what a host can do", async () => {
  await createAndStart(alice, world.url, "Matchings", { waitingRoom: true });
  await joinFromHere(alice);
  await connected(alice);
  const live = alice.url();
  await bob.goto(live);
  await joinFromHere(bob);
  await bob.getByRole("heading", { level: 1, name: "Waiting for the host" }).waitFor();

  // A reload keeps the place.
  await bob.reload();
  await bob.getByRole("heading", { level: 1, name: "Waiting for the host" }).waitFor();
  await alice.getByRole("button", { name: /^People/ }).click();
  await alice.getByRole("button", { name: "Admit Bob Brown" }).click();
  await connected(bob);
  assert.equal(await bob.getByText("Mute all").count(), 0, "a student has no host's controls");

  await alice.getByRole("tab", { name: "Questions" }).click();
  await alice.getByRole("button", { name: "New poll" }).click();
  await alice.getByLabel("Question", { exact: true }).fill("Is it clear?");
  await alice.getByLabel("Answer 1", { exact: true }).fill("Yes");
  await alice.getByLabel("Answer 2", { exact: true }).fill("No");
  await alice.getByRole("button", { name: "Start", exact: true }).click();
  await bob.getByRole("button", { name: "More" }).click();
  await bob.getByRole("menuitem", { name: "Questions" }).click();
  await bob.getByLabel(/^Yes/).check();
  await alice.getByText("1 vote · 100 %").waitFor();
  await bob.getByRole("button", { name: "Close the side panel" }).click();

  await bob.getByRole("button", { name: "Turn off microphone" }).waitFor();
  await alice.getByRole("tab", { name: /^People/ }).click();
  const menu = async (item) => {
    await alice.getByRole("button", { name: "What you can do with Bob Brown" }).click();
    await alice.getByRole("menuitem", { name: item }).click();
  };
  await menu("Mute");
  await bob.getByText("The host muted you.").first().waitFor();
  await bob.getByRole("button", { name: "Turn on microphone" }).waitFor();
  await menu("Ask to unmute");
  await bob.getByRole("button", { name: "Unmute" }).click();
  await bob.getByRole("button", { name: "Turn off microphone" }).waitFor();
  await menu("Remove");
  await alice.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await bob.getByRole("heading", { level: 1, name: "You were removed" }).waitFor();
  await alice.getByRole("button", { name: "Leave", exact: true }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("heading", { level: 1, name: "The session has ended" }).waitFor();
  assert.deepEqual(world.complaints, []);
});

test("the same person in a second tab takes over", async () => {
  await createAndStart(alice, world.url, "Two tabs");
  await joinFromHere(alice);
  await connected(alice);
  const second = await alice.context().newPage();
  await second.goto(alice.url());
  await joinFromHere(second);
  await alice.getByRole("heading", { level: 1, name: "Open in another tab" }).waitFor();
  await alice.getByRole("button", { name: "Use it here" }).click();
  await joinFromHere(alice);
  await connected(alice);
  await second.getByRole("heading", { level: 1, name: "Open in another tab" }).waitFor();
  await second.close();
  await alice.getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("heading", { level: 1, name: "The session has ended" }).waitFor();
});

// From the list into a room, a word in the chat, a hand, and out again, without a mouse and with little motion.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, api, connected, until } from "./harness.mjs";

let world, bob;

before(async () => {
  world = await World.start();
  const [asAlice, asBob] = [await api(world.url, PEOPLE.alice), await api(world.url, PEOPLE.bob)];
  const { id: classId } = await asAlice("POST", "/api/classes", { name: "Graph theory" });
  await asAlice("POST", `/api/classes/${classId}/students`, { userIds: [(await asBob("GET", "/api/users/me")).id] });
  const { id } = await asAlice("POST", "/api/sessions", { classId, title: "Trees", type: "LECTURE", scheduledAt: new Date().toISOString() });
  await asAlice("POST", `/api/sessions/${id}/start`);
  bob = await world.person("bob", { reducedMotion: "reduce" });
});
after(() => world?.stop());

/** What has the focus: its role or tag, its name, and whether one sees that it has it. */
const focused = () =>
  bob.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent ?? "";
    // The parts of a date are the browser's own, and so is how it marks them.
    const seen = element.type === "date" || (outlineStyle !== "none" && outlineWidth !== "0px");
    return { tag: element.tagName, name: name.trim(), seen, within: box.width > 0 && box.bottom > 0 && box.top < document.documentElement.clientHeight };
  });

/** Goes on by Tab until what is named has the focus, which must be seen wherever it comes. */
async function tabTo(name, key = "Tab") {
  for (let steps = 0; steps < 60; steps += 1) {
    await bob.keyboard.press(key);
    const at = await focused();
    if (at.tag === "BODY") continue;
    assert.ok(at.seen && at.within, `the focus is not seen on ${at.tag} “${at.name}”`);
    if (name instanceof RegExp ? name.test(at.name) : at.name === name) return;
  }
  assert.fail(`Tab does not reach ${name}`);
}

test("everything from the list to leaving is done by keys, and the focus is always seen", async () => {
  await bob.goto(`${world.url}/sessions`);
  await bob.getByRole("link", { name: "Join" }).waitFor();
  await bob.keyboard.press("Tab");
  assert.equal((await focused()).name, "Skip to the content");
  await bob.keyboard.press("Enter");
  await tabTo("Join");
  await bob.keyboard.press("Enter");
  await bob.getByRole("heading", { level: 1, name: "Trees" }).waitFor();
  // The one button that one came for has the focus.
  await bob.getByRole("button", { name: "Join", exact: true, disabled: false }).waitFor();
  assert.equal((await focused()).name, "Join");
  await bob.keyboard.press("Enter");
  await connected(bob);
  assert.equal(await bob.evaluate(() => document.activeElement.tagName), "H1", "the focus is at the room's heading");

  await bob.keyboard.press("Control+Shift+H");
  await bob.getByRole("button", { name: "Lower hand (number 1 in the queue)" }).waitFor();
  await tabTo("Message");
  await bob.keyboard.type("by keys?");
  await bob.keyboard.press("Enter");
  await bob.getByRole("log").getByText("by keys?").waitFor();
  // Keys of the room are letters in a field.
  await bob.keyboard.press("?");
  assert.equal(await bob.getByRole("dialog").count(), 0);
  await bob.keyboard.press("Backspace");
  await bob.keyboard.press("Escape");
  await bob.getByRole("log").waitFor({ state: "detached" });
  await bob.keyboard.press("?");
  await bob.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await bob.keyboard.press("Escape");
  await bob.getByRole("dialog").waitFor({ state: "detached" });
  await until("the focus is back where it was", () => bob.evaluate(() => document.activeElement.tagName === "H1"));
  await tabTo("Leave");
  await bob.keyboard.press("Enter");
  await bob.getByRole("heading", { level: 1, name: "You left" }).waitFor();
  await until("the focus is at the heading", async () => (await focused()).name === "You left");
  await tabTo("To the sessions");
  await bob.keyboard.press("Enter");
  await bob.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
  await until("the focus is at the page's heading", () => bob.evaluate(() => document.activeElement.tagName === "H1"));
  assert.deepEqual(world.complaints, []);
});

test("a dialog gives the focus back to what opened it, where a field of its own took it at once, too", async () => {
  await bob.goto(`${world.url}/sessions`);
  const opener = bob.getByRole("button", { name: "New session" }).first();
  await opener.focus();
  await bob.keyboard.press("Enter");
  await bob.getByRole("dialog").getByRole("textbox", { name: "Title" }).waitFor();
  await until("the title has the focus", async () => (await focused()).tag === "INPUT");
  await bob.keyboard.press("Escape");
  await bob.getByRole("dialog").waitFor({ state: "detached" });
  await until("the focus is back", async () => (await focused()).name === "New session");
});

test("whoever wants little motion gets none", async () => {
  await bob.goto(`${world.url}/sessions`);
  await bob.getByRole("listitem").filter({ hasText: "Trees" }).getByText("Live", { exact: true }).waitFor();
  const moving = await bob.evaluate(() => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().duration > 50 || effect.getComputedTiming().iterations === Infinity).length);
  assert.equal(moving, 0);
});

// Texts half as long again, on a telephone: nothing scrolls sideways, nothing sticks out, and every text is one of ours.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, createAndStart, makeClass } from "./harness.mjs";

let world, alice, room, ofClass;

before(async () => {
  world = await World.start();
  alice = await world.person("alice");
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
  ofClass = new URL(alice.url()).pathname;
  await alice.getByLabel("By e-mail address").fill("somebody.with.a.long.name@mail.example.org");
  await alice.getByRole("button", { name: "Enrol", exact: true }).click();
  await alice.getByRole("heading", { name: "1 open invitation" }).waitFor();
  await createAndStart(alice, world.url, "Trees");
  room = new URL(alice.url()).pathname;
  await alice.evaluate(() => localStorage.setItem("mockly.language", "pseudo"));
  await alice.setViewportSize({ width: 390, height: 844 });
});
after(() => world?.stop());

async function fits(name) {
  const faults = await alice.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found = document.documentElement.scrollWidth > width ? ["the page scrolls sideways"] : [];
    const scrolls = (element) => element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    for (const element of document.querySelectorAll("body *")) {
      const { left, right, width: own } = element.getBoundingClientRect();
      const name = `${element.tagName.toLowerCase()} “${(element.textContent ?? "").slice(0, 40)}”`;
      if (own > 0 && (right > width + 1 || left < -1) && !scrolls(element.parentElement)) found.push(`${name} sticks out`);
      if (element.matches("button, a, [role=menuitem], [role=tab]") && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1 && getComputedStyle(element).display !== "inline") found.push(`${name} is too narrow for its text`);
    }
    return found;
  });
  assert.deepEqual(faults, [], name);
}

const button = (name) => alice.getByRole("button", { name }).first();

test("the pages", async () => {
  for (const path of ["/sessions", "/classes", ofClass, "/bookings", "/notifications", "/profile", "/sessions?status=live", "/sessions?view=table", room.replace("/live", ""), "/nowhere"]) {
    await alice.goto(world.url + path);
    await alice.getByRole("heading", { level: 1 }).filter({ visible: true }).first().waitFor();
    await alice.waitForLoadState("networkidle");
    await fits(path);
  }
  await alice.goto(`${world.url}/sessions`);
  await button(/New session/).click();
  await alice.getByRole("dialog").waitFor();
  await fits("the form");
  await alice.keyboard.press("Escape");
});

test("the room", async () => {
  await alice.getByRole("link", { name: /^⟦(Join|Open)/ }).first().click();
  await alice.getByRole("heading", { level: 1, name: "Trees" }).waitFor();
  await fits("the device check");
  await button(/^⟦Join/).click();
  await alice.locator("[data-testid=connection-state][data-state=connected]").waitFor({ state: "attached" });
  await fits("the room");
  await button(/^⟦Chat/).click();
  await fits("the chat");
  for (const tab of [/^⟦People/, /^⟦Questions/]) {
    await alice.getByRole("tab", { name: tab }).click();
    await fits(`the panel ${tab}`);
  }
  await button(/^⟦New poll/).click();
  await fits("the form of a poll");
  await button(/^⟦Close the side panel/).click();
  await button(/^⟦More/).click();
  await alice.getByRole("menu").waitFor();
  await fits("the menu");
  await alice.getByRole("menuitem", { name: /^⟦Keyboard/ }).click();
  await alice.getByRole("dialog").waitFor();
  await fits("the shortcuts");
  await alice.keyboard.press("Escape");
  await button(/^⟦Leave/).click();
  await alice.getByRole("dialog").waitFor();
  await fits("leaving");
  await alice.getByRole("dialog").getByRole("button", { name: /^⟦End for everyone/ }).click();
  await alice.getByRole("heading", { level: 1, name: /^⟦The session has ended/ }).waitFor();
  await fits("the end");
});

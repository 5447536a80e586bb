// Pages in their states, in both themes, on a laptop and on a telephone: nothing that axe finds, nothing that scrolls
// sideways. every.test.mjs sees to it that no page is left out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, checkPage, connected, createAndStart, joinFromHere, makeClass, say, until } from "./harness.mjs";

let world, alice, guest;

before(async () => {
  world = await World.start();
  [alice, guest] = [await world.person("alice"), await world.person(null)];
});
after(() => world?.stop());

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

test("pages for everyone", async () => {
  await guest.goto(`${world.url}/sessions?status=live`);
  await heading(guest, "Sign in");
  await guest.getByLabel("E-mail address").fill("alice@example.org");
  await guest.getByLabel("Password").fill("wrong-password");
  await guest.getByRole("button", { name: "Sign in" }).click();
  await guest.getByRole("alert").getByText("E-mail address or password is wrong.").waitFor();
  assert.equal(await guest.getByLabel("Password").inputValue(), "");
  await checkPage(guest, "sign in, refused");
  await guest.getByRole("link", { name: "Create an account" }).click();
  await heading(guest, "Create an account");
  await guest.getByLabel("Your name").fill("Dora Dean");
  await guest.getByLabel("E-mail address").fill("dora@example.org");
  await guest.getByLabel("Password").fill("a-long-password");
  await guest.getByRole("button", { name: "Create an account" }).click();
  await guest.waitForURL("**/sessions?status=live");
  await guest.getByText("No sessions match these filters.").waitFor();
  await checkPage(guest, "no matches");
  await guest.goto(`${world.url}/sessions`);
  await guest.getByText("Nothing is scheduled.").waitFor();
  await checkPage(guest, "no sessions");
  await guest.goto(`${world.url}/nowhere`);
  await heading(guest, "Page not found");
  await checkPage(guest, "not found");
});

/** What stands beside the fields that are wrong, by their names, with the focus at the first. */
async function complaints(page) {
  await until("the focus is at what is wrong", () => page.evaluate(() => document.activeElement?.matches("[aria-invalid]")));
  return page.locator("[aria-invalid]").evaluateAll((fields) => {
    const first = fields[0] === document.activeElement;
    const told = fields.map((field) => [field.labels[0].textContent, document.getElementById(field.getAttribute("aria-describedby")).textContent]);
    return { first, ...Object.fromEntries(told) };
  });
}

test("a form says beside each field what is wrong with it, and goes to the first", async () => {
  const missing = "Fill this in.";
  await guest.goto(`${world.url}/sessions`);
  await guest.getByRole("button", { name: "Account of Dora Dean" }).click();
  await guest.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(guest, "Sign in");
  await guest.getByRole("button", { name: "Sign in" }).click();
  assert.deepEqual(await complaints(guest), { first: true, "E-mail address": missing, Password: missing });
  await checkPage(guest, "sign in, nothing filled in");
  // What is filled in is complained of no more.
  await guest.getByLabel("E-mail address").fill("dora@example.org");
  await guest.getByRole("button", { name: "Sign in" }).click();
  assert.deepEqual(await complaints(guest), { first: true, Password: missing });
  await guest.getByRole("link", { name: "Create an account" }).click();
  await guest.getByLabel("E-mail address").fill("dora");
  await guest.getByLabel("Password").fill("short");
  await guest.getByRole("button", { name: "Create an account" }).click();
  assert.deepEqual(await complaints(guest), {
    first: true,
    "Your name": missing,
    "E-mail address": "Write an e-mail address, such as name@example.org.",
    Password: "Write at least 8 characters.",
  });
  await guest.goto(`${world.url}/signin`);
  await guest.getByLabel("E-mail address").fill("dora@example.org");
  await guest.getByLabel("Password").fill("a-long-password");
  await guest.getByRole("button", { name: "Sign in" }).click();
  await heading(guest, "Sessions");

  await guest.goto(`${world.url}/profile`);
  await guest.getByLabel("Your name").fill(" ");
  await guest.getByRole("button", { name: "Save" }).click();
  assert.deepEqual(await complaints(guest), { first: true, "Your name": missing });
  await guest.goto(`${world.url}/bookings`);
  await guest.getByRole("button", { name: "Book", exact: true }).click();
  assert.deepEqual(await complaints(guest), { first: true, Mentor: "Choose a mentor.", "What it is about": missing });

  await alice.goto(`${world.url}/classes`);
  await alice.getByRole("button", { name: "New class" }).first().click();
  await alice.getByRole("button", { name: "Create", exact: true }).click();
  assert.deepEqual(await complaints(alice), { first: true, Name: missing });
  await alice.goto(`${world.url}/sessions`);
  await alice.getByRole("button", { name: "New session" }).first().click();
  await alice.getByRole("button", { name: "Create", exact: true }).click();
  assert.deepEqual(await complaints(alice), { first: true, Title: missing, Class: missing });
  await alice.getByRole("dialog").getByLabel("Kind").selectOption("MENTORING");
  await alice.getByLabel("Length in minutes").fill("0");
  await alice.getByRole("button", { name: "Create", exact: true }).click();
  assert.deepEqual(await complaints(alice), { first: true, Title: missing, Mentee: "Choose who it is with.", "Length in minutes": "Write a whole number from 1 to 1440." });
  await checkPage(alice, "the form of a session, refused");
});

test("a password is changed on the profile, which signs out everywhere else", async () => {
  const elsewhere = await world.person(null);
  const signIn = async (page, password) => {
    await page.goto(`${world.url}/signin`);
    await page.getByLabel("E-mail address").fill("dora@example.org");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  await signIn(elsewhere, "a-long-password");
  await heading(elsewhere, "Sessions");
  await guest.goto(`${world.url}/profile`);
  const change = async (current, next) => {
    await guest.getByLabel("Current password").fill(current);
    await guest.getByLabel("New password").fill(next);
    await guest.getByRole("button", { name: "Change password" }).click();
  };
  await change("a-wrong-password", "short");
  assert.deepEqual(await complaints(guest), { first: true, "New password": "Write at least 8 characters." });
  await change("a-wrong-password", "a-longer-password");
  assert.deepEqual(await complaints(guest), { first: true, "Current password": "That is not your password." });
  await checkPage(guest, "profile, password refused");
  const changed = guest.getByText("Your password was changed.").waitFor();
  await change("a-long-password", "a-longer-password");
  await changed;
  assert.equal(await guest.getByLabel("New password").inputValue(), "");
  const neighbour = await guest.context().newPage();
  for (const page of [guest, neighbour]) {
    await page.goto(`${world.url}/profile`);
    await heading(page, "Profile");
  }
  await neighbour.close();
  await elsewhere.reload();
  await heading(elsewhere, "Sign in");
  await signIn(elsewhere, "a-longer-password");
  await heading(elsewhere, "Sessions");
});

test("sessions and classes", async () => {
  await alice.goto(`${world.url}/classes`);
  await alice.getByText("You have no classes yet.").waitFor();
  await checkPage(alice, "no classes");
  await alice.goto(`${world.url}/bookings`);
  await alice.getByText("You have no bookings.").waitFor();
  await checkPage(alice, "no bookings");
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
  await alice.goto(`${world.url}/sessions`);
  await alice.getByRole("button", { name: "New session" }).first().click();
  await alice.getByRole("textbox", { name: "Title" }).fill("Colourings");
  await alice.getByRole("button", { name: "Create", exact: true }).click();
  await alice.getByRole("link", { name: "Colourings" }).waitFor();
  await checkPage(alice, "sessions");
  assert.equal(await alice.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => /livekit|\/live-/.test(name))), false, "no media code on the list");
  await alice.getByRole("link", { name: "Colourings" }).click();
  await heading(alice, "Colourings");
  // Somebody else's is refused, and one that is none is not there.
  await guest.goto(alice.url());
  await heading(guest, "You are not a participant");
  await checkPage(guest, "denied");
  await guest.goto(`${world.url}/sessions/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f`);
  await heading(guest, "Session not found");
});

test("filters are in the address: it can be reloaded, gone back to and sent to others", async () => {
  await alice.goto(`${world.url}/sessions`);
  const from = alice.getByLabel("From", { exact: true });
  await alice.getByRole("link", { name: "Colourings" }).waitFor();
  await alice.getByLabel("Status").selectOption("upcoming");
  await from.fill("2099-01-01");
  await alice.getByText("No sessions match these filters.").waitFor();
  await alice.getByRole("status").getByText("0 sessions").waitFor();
  assert.match(alice.url(), /status=upcoming/);
  assert.match(alice.url(), /from=.*2099-01-01/);
  await alice.reload();
  await alice.getByText("No sessions match these filters.").waitFor();
  assert.equal(await from.inputValue(), "2099-01-01");
  await alice.goBack();
  await alice.getByRole("link", { name: "Colourings" }).waitFor();
  assert.equal(await from.inputValue(), "");
  await alice.getByLabel("Until", { exact: true }).fill("2020-01-01");
  await alice.getByText("No sessions match these filters.").waitFor();
  await alice.getByRole("button", { name: "Clear filters" }).first().click();
  await alice.getByRole("link", { name: "Colourings" }).waitFor();
  assert.equal(new URL(alice.url()).search, "");
});

test("the list as a table: it is kept, and whoever gets its address sees it too", async () => {
  await alice.goto(`${world.url}/sessions?status=upcoming`);
  const row = alice.getByRole("row").filter({ hasText: "Colourings" });
  await alice.getByRole("link", { name: "Colourings" }).waitFor();
  assert.equal(await row.count(), 0);
  await alice.getByRole("button", { name: "As a table" }).click();
  await row.getByRole("cell", { name: "Scheduled" }).waitFor();
  await row.getByRole("button", { name: "Start" }).waitFor();
  assert.deepEqual(Object.fromEntries(new URL(alice.url()).searchParams), { status: "upcoming", view: "table" });
  await checkPage(alice, "sessions, as a table");
  await alice.getByRole("button", { name: "Clear filters" }).first().click();
  await row.waitFor();
  assert.deepEqual(Object.fromEntries(new URL(alice.url()).searchParams), { view: "table" });
  await alice.goto(`${world.url}/sessions`);
  await row.waitFor();
  // The address goes before what is kept.
  await alice.goto(`${world.url}/sessions?view=cards`);
  await alice.getByRole("listitem").filter({ hasText: "Colourings" }).waitFor();
  assert.equal(await row.count(), 0);
  await alice.getByRole("button", { name: "As cards" }).click();
  await alice.goto(`${world.url}/sessions`);
  await alice.getByRole("listitem").filter({ hasText: "Colourings" }).waitFor();
});

test("the live page", async () => {
  await createAndStart(alice, world.url, "Planar graphs");
  await heading(alice, "Planar graphs");
  await checkPage(alice, "the device check");
  await joinFromHere(alice);
  await connected(alice);
  await checkPage(alice, "the room");
  await alice.getByText("Question", { exact: true }).click();
  await say(alice, "Is every planar graph 4-colourable?");
  await alice.getByRole("log").getByRole("button", { name: /^Answer/ }).click();
  await alice.getByLabel("Answer to").waitFor();
  await checkPage(alice, "a question and its answer");
  for (const tab of [/^People/, "Questions"]) {
    await alice.getByRole("tab", { name: tab }).click();
    await checkPage(alice, `the room, ${tab}`);
  }
  await alice.getByRole("button", { name: "Leave", exact: true }).click();
  await alice.getByRole("dialog").waitFor();
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await heading(alice, "The session has ended");
  await alice.getByRole("table").waitFor();
  await checkPage(alice, "ended");
  assert.deepEqual(world.complaints, []);
});

test("a server that does not answer asks nobody to sign in again", async () => {
  await alice.route("**/api/auth/refresh", (route) => route.abort());
  await alice.goto(`${world.url}/classes`);
  await heading(alice, "The server does not answer");
  await checkPage(alice, "no answer");
  await alice.unroute("**/api/auth/refresh");
  await alice.getByRole("button", { name: "Load again" }).click();
  await heading(alice, "Classes");
});

test("signing out", async () => {
  await alice.goto(`${world.url}/sessions`);
  await alice.getByRole("button", { name: "Account of Alice Adams" }).click();
  await alice.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(alice, "Sign in");
  await alice.goBack();
  await heading(alice, "Sign in");
});

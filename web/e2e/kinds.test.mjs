// An interview and a mentoring, and what stands before and after their rooms.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, api, connected, joinFromHere, say } from "./harness.mjs";

let world, alice, bob;

before(async () => {
  world = await World.start();
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
});
after(() => world?.stop());

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

async function choose(page, label, name) {
  await page.getByRole("combobox", { name: label }).fill(name.split(" ")[0]);
  await page.getByRole("option", { name }).click();
}

test("an interview: started at once, joined, left and joined again", async () => {
  await bob.getByRole("button", { name: "New session" }).first().click();
  await bob.getByRole("textbox", { name: "Title" }).fill("First talk");
  await bob.getByLabel("You are the").selectOption("guest");
  await bob.getByLabel("Start now").check();
  await bob.getByRole("button", { name: "Create and start" }).click();
  await bob.getByText("Choose who it is with.").waitFor();
  await choose(bob, "Interviewer", PEOPLE.alice.name);
  // Looked for from now on: a notice goes by itself.
  const told = alice.locator("[data-sonner-toast]");
  const toldAtOnce = told.filter({ hasText: "“First talk” has started." }).waitFor().then(() => told.count());
  await bob.getByRole("button", { name: "Create and start" }).dblclick();
  assert.equal(await toldAtOnce, 1, "that it was made and that it has begun is one thing");
  await bob.waitForURL("**/meeting/*");
  await joinFromHere(bob);
  await connected(bob);

  const card = alice.getByRole("main").getByRole("listitem").filter({ hasText: "First talk" });
  await card.getByText("Live").waitFor();
  assert.equal(await card.count(), 1, "a double click makes one session");
  await card.getByText("with Bob Brown").waitFor();
  await card.getByText(/^since \d\d:\d\d$/).waitFor();
  await card.getByRole("link", { name: "Open" }).click();
  await joinFromHere(alice);
  await connected(alice);
  await alice.getByRole("tab", { name: "People (2)" }).waitFor();
  await alice.getByRole("button", { name: "Leave", exact: true }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "Leave", exact: true }).click();
  await heading(alice, "You left");
  await alice.getByRole("button", { name: "Join again" }).click();
  await joinFromHere(alice);
  await connected(alice);

  // Back asks first, as the button does: leaving is what it offers, and ending it for everyone is something else.
  await bob.goBack();
  const asked = bob.getByRole("dialog", { name: "Leave the session?" });
  await asked.waitFor();
  assert.equal(await bob.evaluate(() => document.activeElement.textContent), "Leave");
  assert.deepEqual((await asked.getByRole("button").allTextContents()).filter(Boolean), ["Leave", "Stay", "End for everyone"]);
  await asked.getByRole("button", { name: "Stay" }).click();
  await bob.waitForURL("**/meeting/*");
  await asked.waitFor({ state: "detached" });
  // More than a page of the chat's history.
  for (let number = 1; number <= 51; number += 1) await say(bob, `line ${number}.`);
  await alice.getByRole("log").getByText("line 51.").waitFor();
  await bob.goBack();
  await asked.getByRole("button", { name: "Leave", exact: true }).click();
  await heading(bob, "Sessions");
  await alice.getByRole("tab", { name: "People (1)" }).waitFor();

  // A second one at the same time is refused, with the way to the first.
  const second = await bob.context().newPage();
  await second.goto(`${world.url}/sessions`);
  await second.getByRole("button", { name: "New session" }).first().click();
  await choose(second, "Candidate", PEOPLE.carol.name);
  await second.getByRole("button", { name: "Create", exact: true }).click();
  await second.getByRole("link", { name: "Go to that session" }).waitFor();
  await second.close();
  await alice.getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await heading(alice, "The session has ended");
  // Nothing is asked where there is nothing to leave.
  await alice.goBack();
  await heading(alice, "Sessions");

  await bob.getByRole("link", { name: "First talk" }).click();
  const chat = bob.getByRole("region", { name: "Messages" });
  const lines = chat.getByRole("listitem");
  await lines.last().getByText("line 51.").waitFor();
  assert.equal(await lines.count(), 50);
  await chat.getByRole("button", { name: "Older messages" }).click();
  await lines.first().getByText("line 1.", { exact: true }).waitFor();
  assert.equal(await lines.count(), 51);
  assert.deepEqual(world.complaints, []);
});

test("a mentoring: booked, and its door closed until its time", async () => {
  await bob.goto(`${world.url}/sessions`);
  await bob.getByRole("button", { name: "New session" }).first().click();
  await bob.getByRole("textbox", { name: "Title" }).fill("Career advice");
  await bob.getByLabel("Kind").last().selectOption("MENTORING");
  await choose(bob, "Mentor", PEOPLE.alice.name);
  const inTwoHours = new Date(Date.now() + 2 * 3_600_000);
  const local = new Date(inTwoHours.getTime() - inTwoHours.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  await bob.getByLabel("Time", { exact: true }).fill(local);
  await bob.getByRole("button", { name: "Create", exact: true }).click();
  const card = bob.getByRole("listitem").filter({ hasText: "Career advice" });
  await card.getByText(/^Opens /).waitFor();
  assert.equal(await card.getByRole("link", { name: "Join" }).count(), 0);
  const page = await card.getByRole("link", { name: "Career advice" }).getAttribute("href");
  await bob.goto(`${world.url}${page.replace("/sessions/", "/meeting/")}`);
  await heading(bob, "Not open yet");
  await bob.getByRole("timer").getByText(/^1:\d\d:\d\d$/).waitFor();

  // Its mentor calls it off, and the page turns by itself.
  await alice.goto(`${world.url}${page}`);
  await alice.getByRole("button", { name: "More about Career advice" }).click();
  await alice.getByRole("menuitem", { name: "Cancel the session" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "Cancel the session" }).click();
  await heading(bob, "This session was cancelled");
  assert.deepEqual(world.complaints, []);
});

test("a booked interview: with whom and when it is planned, before its start and after", async () => {
  const [asAlice, bobId] = [await api(world.url, PEOPLE.alice), (await (await api(world.url, PEOPLE.bob))("GET", "/api/users/me")).id];
  const scheduledAt = `${new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)}T09:00:00Z`;
  const { id } = await asAlice("POST", "/api/sessions", { title: "Second talk", candidateId: bobId, scheduledAt });
  await bob.goto(`${world.url}/sessions?view=table`);
  const row = bob.getByRole("row").filter({ hasText: "Second talk" });
  await row.getByText("with Alice Adams").waitFor();
  assert.deepEqual(await row.getByRole("link").allTextContents(), ["Second talk", "Join"]);
  await bob.setViewportSize({ width: 390, height: 844 });
  await row.getByText("Scheduled").waitFor();
  assert.equal(await row.getByRole("link", { name: "Join", includeHidden: true }).count(), 1, "nothing is there twice, neither wide nor narrow");
  await bob.setViewportSize({ width: 1280, height: 800 });

  await asAlice("POST", `/api/sessions/${id}/start`);
  await row.getByText(/^since /).waitFor();
  assert.equal(await row.locator("time").first().getAttribute("datetime"), scheduledAt, "its planned time stays");
  await asAlice("POST", `/api/sessions/${id}/end`);
  await row.getByText(/^started /).waitFor();
  await row.getByRole("link", { name: "Second talk" }).click();
  await heading(bob, "Second talk");
  const said = await bob.getByRole("term").evaluateAll((terms) => Object.fromEntries(terms.map((term) => [term.textContent, term.nextElementSibling.textContent])));
  assert.equal(said["With"], "Alice Adams");
  for (const name of ["Planned for", "Started", "Ended"]) assert.match(said[name] ?? "", /\d/, name);
  assert.deepEqual(world.complaints, []);
});

test("German, on a telephone", async () => {
  await bob.setViewportSize({ width: 390, height: 844 });
  await bob.goto(`${world.url}/sessions`);
  await bob.getByRole("button", { name: "Account of Bob Brown" }).click();
  await bob.getByRole("menuitemradio", { name: "Deutsch" }).click();
  await bob.keyboard.press("Escape");
  await heading(bob, "Sitzungen");
  assert.equal(await bob.getAttribute("html", "lang"), "de");
  for (const path of ["/sessions", "/classes", "/bookings", "/notifications", "/profile"]) {
    await bob.goto(`${world.url}${path}`);
    await bob.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await bob.evaluate(() => document.documentElement.scrollWidth), 390, path);
  }
});

// What concerns one person: the bell, bookings, files and their analyses, and what only admins see.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { PEOPLE, World, checkPage, leavesFree, makeClass, until } from "./harness.mjs";
import { stereoWav } from "./recording.mjs";

let world, alice, bob, carol;

before(async () => {
  world = await World.start();
  [alice, bob, carol] = [await world.person("alice"), await world.person("bob"), await world.person("carol")];
});
after(() => world?.stop());

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const bell = (page) => page.getByRole("link", { name: /^Notifications/ });
const unread = (page, count) => page.getByRole("link", { name: count === 0 ? "Notifications" : `Notifications, ${count} unread`, exact: true }).waitFor();

/** Books a mentoring, two hours after the last, which tells the other of an invitation. */
async function invite(page, title, other) {
  await page.goto(`${world.url}/sessions`);
  await page.getByRole("button", { name: "New session" }).first().click();
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByLabel("Kind").last().selectOption("MENTORING");
  await page.getByLabel("You are the").selectOption("host");
  await page.getByRole("combobox", { name: "Mentee" }).fill(other.split(" ")[0]);
  await page.getByRole("option", { name: other }).click();
  const at = new Date(Date.now() + (invitations += 2) * 3_600_000);
  await page.getByLabel("Time", { exact: true }).fill(new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16));
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("listitem").filter({ hasText: title }).waitFor();
}
let invitations = 0;

test("a notification is told once in each tab of its user, and to nobody else", async () => {
  const invitation = /^(Unread: )?(Alice Adams invited you|You were invited) to “First steps”/;
  const second = await bob.context().newPage();
  await second.goto(`${world.url}/notifications`);
  await second.getByText("No notifications").waitFor();
  await checkPage(second, "no notifications");
  await Promise.all([unread(bob, 0), unread(carol, 0)]);
  await invite(alice, "First steps", PEOPLE.bob.name);
  await Promise.all([unread(bob, 1), unread(second, 1)]);
  const toast = bob.getByText(invitation);
  await toast.waitFor();
  assert.equal(await toast.count(), 1);
  const passing = bob.locator("[data-sonner-toast]").filter({ has: toast });
  const navigation = bob.getByRole("navigation", { name: "Main" });
  for (const size of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
    await bob.setViewportSize(size);
    // Under the mouse it stays.
    await passing.hover();
    await leavesFree(bob, passing, { navigation, heading: bob.getByRole("heading", { level: 1 }), bell: bob.getByRole("link", { name: /^Notifications/ }) });
  }
  // At the page that it is about it has nothing more to say.
  await bob.getByRole("listitem").filter({ hasText: "First steps" }).getByRole("link", { name: "First steps" }).click();
  await heading(bob, "First steps");
  await toast.waitFor({ state: "detached", timeout: 2_000 });
  const rows = second.getByRole("main").getByRole("listitem");
  assert.equal(await rows.filter({ hasText: "First steps" }).count(), 1);
  await unread(carol, 0);

  // Its link leads to it, and it is read then.
  await second.getByRole("link", { name: invitation }).click();
  await heading(second, "First steps");
  await unread(second, 0);

  // What its page shows by itself is not told beside it.
  await alice.goto(second.url());
  await alice.getByRole("button", { name: "More about First steps" }).click();
  await alice.getByRole("menuitem", { name: "Cancel the session" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "Cancel the session" }).click();
  await bob.getByText("This session was cancelled and does not take place.").waitFor();
  await unread(bob, 1);
  assert.equal(await bob.locator("[data-sonner-toast]").count(), 0);
  await second.goto(`${world.url}/notifications`);
  await second.getByRole("button", { name: "Mark all as read" }).click();
  await unread(second, 0);
  await second.close();
});

test("after an outage the bell is complete, and nothing is there twice", async () => {
  const sockets = new Set();
  let away = false;
  await bob.routeWebSocket(/\/ws$/, (socket) => {
    if (away) return void socket.close();
    socket.connectToServer();
    sockets.add(socket);
  });
  await bob.goto(`${world.url}/notifications`);
  await invite(alice, "Before", PEOPLE.bob.name);
  await unread(bob, 1);
  away = true;
  for (const socket of sockets) await socket.close();
  await bob.getByText("The connection was lost.").waitFor();
  await invite(alice, "Meanwhile", PEOPLE.bob.name);
  await unread(bob, 1);
  away = false;
  await bob.getByRole("main").getByRole("listitem").filter({ hasText: "Meanwhile" }).waitFor();
  await invite(alice, "After", PEOPLE.bob.name);
  await unread(bob, 3);
  await bob.getByRole("main").getByRole("listitem").filter({ hasText: "After" }).waitFor();
  const rows = await bob.getByRole("main").getByRole("listitem").allTextContents();
  for (const title of ["Before", "Meanwhile", "After"]) assert.equal(rows.filter((row) => row.includes(`“${title}”`)).length, 1, title);
  await bob.getByRole("button", { name: "Mark all as read" }).click();
  await unread(bob, 0);
  await bob.getByRole("checkbox", { name: "Only what is unread" }).check();
  await bob.getByText("Everything is read.").waitFor();
});

test("a mentor is booked in one's own time zone, a taken time is refused beside the field, and it can be called off", async () => {
  const away = await world.person("bob", { timezoneId: "Asia/Tokyo" });
  await bell(away).waitFor();
  await away.getByRole("link", { name: "Bookings" }).click();
  await heading(away, "Bookings");
  await away.getByText(/Your time zone: Asia\/Tokyo/).waitFor();
  await away.getByRole("button", { name: "Book", exact: true }).click();
  const about = away.getByLabel("What it is about");
  await about.fill("System design");
  await away.getByRole("button", { name: "Book", exact: true }).click();
  await away.getByText("Choose a mentor.").waitFor();
  const day = await away.evaluate(() => new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10));
  await away.getByText(/Japan Standard Time/).waitFor();
  const book = async (title, time) => {
    await away.getByRole("combobox", { name: "Mentor" }).fill("Alice");
    await away.getByRole("option", { name: PEOPLE.alice.name }).click();
    await about.fill(title);
    await away.getByLabel("Day", { exact: true }).fill(day);
    await away.getByLabel("Time", { exact: true }).selectOption(time);
    await away.getByRole("button", { name: "Book", exact: true }).dblclick();
  };
  await book("System design", "18:00");
  const booking = away.getByRole("main").getByRole("listitem").filter({ hasText: "System design" });
  await booking.getByText(/18:00/).waitFor();
  await away.getByRole("status").getByText(/^Booked: .*18:00/).waitFor();
  assert.equal(await away.locator("[data-sonner-toast]").count(), 0, "it is said where it was done, and covers nothing");
  await booking.getByText("With Alice Adams").waitFor();
  assert.equal(await booking.count(), 1, "a double click books once");
  assert.equal(await booking.locator("time").getAttribute("datetime"), `${day}T09:00:00Z`, "18:00 in Tokyo");
  await book("Another", "18:30");
  await away.getByText("One of you has another appointment at this time.").waitFor();
  assert.equal(await away.getByLabel("Time", { exact: true }).getAttribute("aria-invalid"), "true");
  await checkPage(away, "bookings");

  // The mentor sees it without being asked, and it goes for both.
  await alice.goto(`${world.url}/bookings`);
  const theirs = alice.getByRole("main").getByRole("listitem").filter({ hasText: "System design" });
  await theirs.getByText("Booked by Bob Brown").waitFor();
  await booking.getByRole("button", { name: "Cancel" }).click();
  await away.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await theirs.getByText("Cancelled").waitFor();
  await booking.getByText("Cancelled").waitFor();
});

test("a recording is uploaded, played, analysed and deleted, and the other sees it without a reload", async () => {
  await invite(alice, "Recorded", PEOPLE.bob.name);
  await alice.getByRole("link", { name: "Recorded" }).click();
  await heading(alice, "Recorded");
  await bob.goto(alice.url());
  await bob.getByText("There are no files yet.").waitFor();
  await checkPage(bob, "a session without files");
  const chooser = alice.waitForEvent("filechooser");
  await alice.getByRole("button", { name: "Upload files" }).click();
  const captions = Buffer.from("WEBVTT\n\n00:00.000 --> 00:03.000\nHello\n");
  await (await chooser).setFiles([
    { name: "talk.wav", mimeType: "audio/wav", buffer: stereoWav() },
    { name: "talk.vtt", mimeType: "text/vtt", buffer: captions },
  ]);
  await alice.getByRole("button", { name: "Download talk.vtt" }).waitFor();
  const theirs = bob.getByRole("listitem").filter({ hasText: "talk.wav" });
  await theirs.waitFor();
  await bob.getByRole("button", { name: "Download talk.vtt" }).waitFor();
  assert.equal(await theirs.getByRole("button", { name: "Delete talk.wav" }).count(), 0, "whoever neither leads nor uploaded it deletes nothing");

  await bob.getByRole("button", { name: "Play talk.wav" }).click();
  await until("the recording plays", () => bob.evaluate(() => (document.querySelector("audio")?.currentTime ?? 0) > 0.2));
  await until("it has its captions", () => bob.evaluate(() => document.querySelector("audio")?.textTracks[0]?.cues?.[0]?.text === "Hello"));
  // A request for bytes that meets a link that has run out: the player gets new ones and goes on where it was.
  const asked = [];
  bob.on("request", (request) => request.url().endsWith("/content-link") && asked.push(request.url()));
  const bytes = await bob.evaluate(() => new URL(document.querySelector("audio").src).pathname);
  const refuse = (times) => bob.route(({ pathname }) => pathname === bytes, (route) => route.fulfill({ status: 401 }), { times });
  const loseTheLink = () =>
    bob.evaluate(() => {
      const player = document.querySelector("audio");
      player.pause();
      player.src += "&again";
      player.currentTime = 4;
    });
  const stands = (player) => player?.readyState >= 2 && player.currentTime >= 4 && player.textTracks[0]?.cues?.[0]?.text === "Hello";
  const goesOn = () => bob.evaluate(`(${stands})(document.querySelector("audio"))`);
  await refuse(1);
  await loseTheLink();
  await until("it goes on with new links, captions too", goesOn);
  assert.equal(asked.length, 2, "one for the recording, one for its captions");
  await bob.evaluate(() => document.querySelector("audio").play());
  await until("it has moved on", () => bob.evaluate(() => document.querySelector("audio").currentTime > 6));
  await refuse(2);
  await loseTheLink();
  await bob.getByRole("alert").getByText("This browser cannot play it.").waitFor();
  await bob.getByRole("alert").getByRole("button", { name: "Try again" }).click();
  await until("trying again goes on there", goesOn);
  const download = bob.waitForEvent("download");
  await bob.getByRole("button", { name: "Download talk.wav" }).click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), "talk.wav");
  assert.deepEqual(await readFile(await saved.path()), stereoWav());

  // It may be done, and told, before the answer to the request is here.
  const told = async () => Number(/\d+/.exec(await bell(alice).getAttribute("aria-label"))?.[0] ?? 0);
  const before = await told();
  await alice.route("**/analyses", async (route) => {
    const answer = await route.fetch();
    await until("its begin and end are told", async () => (await told()) >= before + 2);
    await route.fulfill({ response: answer });
  }, { times: 1 });
  await alice.getByRole("button", { name: "Analyse talk.wav" }).click();
  await alice.getByRole("heading", { name: "Analysis of talk.wav" }).waitFor();
  const talk = alice.getByRole("listitem").filter({ hasText: "First speaker" }).first();
  await talk.getByText("00:05 (50%)").waitFor();
  assert.equal(await alice.locator("[data-sonner-toast]").filter({ hasText: /analysis/i }).count(), 0, "who asked for it here looks at it");
  // One pauses while the other talks, which is not silence in the recording; and whoever begins late has not paused.
  await alice.getByText("Longest pause in which nobody talks").locator("+ dd", { hasText: "0.5 secs" }).waitFor();
  await alice.getByText("Silence before the first word and after the last is no pause and not shown: First speaker 2 secs, Second speaker 3.5 secs.").waitFor();
  await alice.getByText("As a table").first().click();
  await alice.getByRole("row", { name: "First speaker 00:03 3 secs" }).waitFor();
  await checkPage(alice, "an analysis");
  // It stays to be looked at, for the other too.
  await bob.reload();
  await bob.getByRole("link", { name: "Analysis of talk.wav" }).click();
  await bob.getByRole("heading", { name: "Analysis of talk.wav" }).waitFor();
  assert.equal(await bob.getByRole("button", { name: "Analyse talk.wav" }).count(), 0);
  await alice.getByRole("link", { name: /^Notifications, \d+ unread$/ }).click();
  await alice.getByRole("link", { name: /An analysis is ready/ }).click();
  await alice.getByRole("heading", { name: "Analysis of talk.wav" }).waitFor();

  await alice.getByRole("button", { name: "Delete talk.wav" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await theirs.waitFor({ state: "detached" });
});

test("an upload can be stopped, and one that is refused says why", async () => {
  await bob.route("**/artifacts", (route) => (route.request().method() === "POST" ? undefined : route.continue()));
  const choose = async (name) => {
    const chooser = bob.waitForEvent("filechooser");
    await bob.getByRole("button", { name: "Upload files" }).click();
    await (await chooser).setFiles([{ name, mimeType: "application/pdf", buffer: Buffer.alloc(2_000_000, 1) }]);
  };
  await choose("slides.pdf");
  await bob.getByRole("progressbar", { name: "Upload of slides.pdf" }).waitFor();
  await checkPage(bob, "an upload");
  await bob.getByRole("button", { name: "Cancel the upload of slides.pdf" }).click();
  assert.equal(await bob.getByText("slides.pdf").count(), 0);
  await bob.unroute("**/artifacts");
  await bob.route("**/artifacts", (route) => route.fulfill({ status: 507, contentType: "application/problem+json", body: JSON.stringify({ code: "quota-exceeded", detail: "full" }) }));
  await choose("slides.pdf");
  await bob.getByRole("alert").getByText("There is no more room for files").waitFor();
  await bob.unroute("**/artifacts");
  await bob.getByRole("button", { name: "Upload slides.pdf again" }).click();
  await bob.getByRole("button", { name: "Download slides.pdf" }).waitFor();
});

test("students come by a CSV file, and what is wrong in it is told by its line", async () => {
  await makeClass(alice, world.url, "Number theory", PEOPLE.bob.name);
  await alice.getByText("Enrolled 1.").waitFor();
  await alice.getByRole("button", { name: "Enrol", exact: true }).click();
  await alice.getByText("Fill this in.").waitFor();
  const chooser = alice.waitForEvent("filechooser");
  await alice.getByRole("button", { name: "Upload a CSV file" }).click();
  await (await chooser).setFiles([{ name: "students.csv", mimeType: "text/csv", buffer: Buffer.from("email\r\nada@example.org\r\nno address\r\n") }]);
  await alice.getByText("Invited 1: they join the class when they sign in with a confirmed address.").waitFor();
  assert.equal(await alice.getByText(/^Enrolled/).count(), 0, "who is invited only is not enrolled");
  await alice.getByRole("alert").getByText(/^Line 3: /).waitFor();
  await checkPage(alice, "a class, students by file");

  // Who is invited stands there until somebody comes with that address, or it is withdrawn.
  await alice.getByRole("heading", { name: "1 open invitation" }).waitFor();
  await alice.getByRole("listitem").filter({ hasText: "ada@example.org" }).getByText(/^Invited /).waitFor();
  const page = alice.url();
  await bob.goto(page);
  await heading(bob, "Number theory");
  assert.equal(await bob.getByText("open invitation").count(), 0, "a student sees no addresses");
  await alice.getByRole("button", { name: "Withdraw the invitation of ada@example.org" }).click();
  await alice.getByText("ada@example.org is not invited any more.").waitFor();
  await alice.getByRole("heading", { name: "No open invitations" }).waitFor();
  await alice.reload();
  await alice.getByRole("heading", { name: "No open invitations" }).waitFor();
});

test("the administration: numbers, people, jobs, and a key that is shown once", async () => {
  await bob.goto(`${world.url}/admin`);
  await heading(bob, "This is for admins");
  await checkPage(bob, "administration, denied");
  await carol.getByRole("button", { name: "Account of Carol Clark" }).click();
  await carol.getByRole("menuitem", { name: "Administration" }).click();
  await heading(carol, "Administration");
  await carol.getByText("People connected").waitFor();
  await checkPage(carol, "administration");
  await carol.getByRole("link", { name: "Users", exact: true }).click();
  const bobId = await idOf("Bob");
  await carol.getByLabel("Search by name").fill("Ali");
  await carol.getByText("1 user", { exact: true }).waitFor();
  await carol.getByText("alice@example.org").waitFor();
  await checkPage(carol, "administration, users");
  await carol.getByRole("link", { name: "Jobs", exact: true }).click();
  await carol.getByRole("main").getByRole("listitem").first().waitFor();
  await checkPage(carol, "administration, jobs");

  await carol.getByRole("link", { name: "Service keys", exact: true }).click();
  await carol.getByText("There are no service keys.").waitFor();
  await carol.getByRole("button", { name: "New key" }).click();
  await carol.getByLabel("Name").fill("Course platform");
  await carol.getByRole("button", { name: "Make the key" }).click();
  await carol.getByText("Choose at least one.").waitFor();
  await carol.getByLabel("Send notifications").check();
  await carol.getByRole("button", { name: "Make the key" }).click();
  const key = await carol.getByRole("textbox", { name: "Key" }).inputValue();
  const tell = (event) =>
    fetch(`${world.url}/api/notifications`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": key },
      body: JSON.stringify({ userId: bobId, event, payload: { message: "A new course is open." } }),
    });
  await bob.goto(`${world.url}/notifications`);
  assert.equal((await tell("course:opened")).status, 201);
  await bob.getByText("A new course is open.").waitFor();

  await carol.getByRole("button", { name: "I have kept it" }).click();
  await carol.locator("button:focus", { hasText: "New key" }).waitFor();
  await carol.reload();
  await carol.getByText("Course platform").waitFor();
  assert.equal((await carol.content()).includes(key), false, "the key is shown once");
  await checkPage(carol, "administration, keys");
  await carol.getByRole("button", { name: "Revoke Course platform" }).click();
  await carol.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await carol.getByText("There are no service keys.").waitFor();
  assert.equal((await tell("course:closed")).status, 401);
  assert.deepEqual(world.complaints, []);
});

test("an outage leaves the last numbers, and says that they are old", async () => {
  await carol.goto(`${world.url}/admin/overview`);
  await carol.getByText("People connected").waitFor();
  await world.killServer();
  await carol.getByText(/^The numbers could not be read anew/).waitFor();
  await carol.getByText("People connected").waitFor();
  await world.startServer();
  await carol.getByText(/^The numbers could not be read anew/).waitFor({ state: "detached" });
});

test("the numbers are read every five seconds, stand still when they are told to, and say when they are old", async () => {
  const page = await carol.context().newPage();
  await page.clock.install();
  let asked = 0;
  page.on("request", (request) => (asked += Number(request.url().endsWith("/api/admin/stats"))));
  await page.goto(`${world.url}/admin/overview`);
  await page.getByText("People connected").waitFor();
  const reading = () => page.waitForResponse((response) => response.url().endsWith("/api/admin/stats"));
  for (let round = 0; round < 2; round += 1) {
    const read = reading();
    await page.clock.fastForward(5_000);
    await read;
  }
  await page.getByRole("button", { name: "Pause" }).click();
  const before = asked;
  assert.equal(await page.getByText("These numbers are old.").count(), 0);
  await page.clock.fastForward(20_000);
  await page.getByText("These numbers are old.").waitFor();
  await page.getByText(/^2\d secs old$/).first().waitFor();
  assert.equal(asked, before, "nothing is read while it is paused");
  // Whoever goes on wants to see how it is now.
  const read = reading();
  await page.getByRole("button", { name: "Go on" }).click();
  await read;
  await page.getByText("These numbers are old.").waitFor({ state: "detached" });
  await page.close();
});

/** From what the page of users asks. */
async function idOf(name) {
  const answer = carol.waitForResponse((response) => response.url().includes(`/api/admin/users?query=${name}`));
  await carol.getByLabel("Search by name").fill(name);
  return (await (await answer).json()).items[0].id;
}

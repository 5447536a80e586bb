// Photographs pages and states at 1280 and 390 pixels, light and dark, into the folder that is given.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PEOPLE, World, api, connected, createAndStart, joinFromHere, makeClass, rests, say, seesOthersMove } from "./harness.mjs";
import { stereoWav } from "./recording.mjs";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const films = mkdtempSync(join(tmpdir(), "mockly-films-"));
const world = await World.start();

/** Somebody before a wall, as a camera would show it: head and shoulders in the person's colours. */
function film(name, [wall, skin, clothes]) {
  const [width, height, frames] = [640, 360, 12];
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < frames; frame += 1) {
    const sway = Math.sin((frame / frames) * 2 * Math.PI) * 4;
    const at = (x, y) => {
      const dx = x - 320 - sway;
      if ((dx / 62) ** 2 + ((y - 150) / 80) ** 2 < 1) return skin;
      if ((dx / 170) ** 2 + ((y - 370) / 130) ** 2 < 1) return clothes;
      return wall;
    };
    const luma = Buffer.alloc(width * height);
    const chroma = [Buffer.alloc((width * height) / 4), Buffer.alloc((width * height) / 4)];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [light, blue, red] = at(x, y);
        luma[y * width + x] = light - (y / height) * 25 + (x / width) * 12;
        if (y % 2 === 0 && x % 2 === 0) {
          chroma[0][(y / 2) * (width / 2) + x / 2] = blue;
          chroma[1][(y / 2) * (width / 2) + x / 2] = red;
        }
      }
    }
    parts.push(Buffer.from("FRAME\n"), luma, ...chroma);
  }
  const path = join(films, `${name}.y4m`);
  writeFileSync(path, Buffer.concat(parts));
  return [`--use-file-for-fake-video-capture=${path}`];
}

async function shoot(page, name, { whole = false } = {}) {
  // What passes by is gone before a picture is taken.
  await page.locator("[data-sonner-toast]").first().waitFor({ state: "detached" });
  for (const [width, height] of [[1280, 800], [390, 844]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Pictures that fit themselves come to rest.
      await page.evaluate(() => new Promise((done) => setTimeout(done, 400)));
      await rests(page);
      // What stays in its place while one scrolls is where it belongs only in a window that is large enough.
      if (whole) await page.setViewportSize({ width, height: Math.max(height, await page.evaluate(() => document.documentElement.scrollHeight)) });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

try {
  const alice = await world.person("alice", { flags: film("alice", [[150, 140, 115], [185, 112, 148], [70, 150, 120]]) });
  const bob = await world.person("bob", { flags: film("bob", [[175, 120, 128], [140, 112, 150], [90, 110, 160]]) });
  const carol = await world.person("carol", { flags: film("carol", [[120, 130, 120], [170, 110, 150], [160, 100, 125]]) });
  const guest = await world.person(null);
  await guest.goto(`${world.url}/signin`);
  await heading(guest, "Sign in");
  await shoot(guest, "sign-in");

  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name, PEOPLE.carol.name);
  await shoot(alice, "class");
  await alice.goto(`${world.url}/sessions`);
  await shoot(bob, "sessions-empty");
  for (const title of ["Spanning trees", "Planar graphs", "Revision for the exam"]) {
    await alice.getByRole("button", { name: "New session" }).first().click();
    await alice.getByRole("textbox", { name: "Title" }).fill(title);
    if (title.startsWith("Revision")) await shoot(alice, "session-form");
    await alice.getByRole("button", { name: "Create", exact: true }).click();
    await alice.getByRole("link", { name: title }).waitFor();
  }
  await createAndStart(alice, world.url, "Flows and cuts", { waitingRoom: true });
  await heading(alice, "Flows and cuts");
  // The film's path is its name.
  await alice.getByLabel("Camera", { exact: true }).evaluate((select) => (select.options[0].text = "Camera"));
  await shoot(alice, "device-check");
  await joinFromHere(alice);
  await connected(alice);
  await bob.goto(alice.url());
  await joinFromHere(bob);
  await heading(bob, "Waiting for the host");
  await shoot(bob, "waiting");
  await alice.getByRole("button", { name: /^People/ }).click();
  await shoot(alice, "room-waiting");
  await alice.getByRole("button", { name: "Admit Bob Brown" }).click();
  await carol.goto(alice.url());
  await joinFromHere(carol);
  await alice.getByRole("button", { name: "Admit Carol Clark" }).click();
  await Promise.all([connected(bob), connected(carol)]);
  await seesOthersMove(alice, 2);
  await say(bob, "Good morning!");
  await say(alice, "Good morning. Today: flows, and how they meet cuts.");
  await carol.getByText("Question", { exact: true }).click();
  await say(carol, "Is a minimum cut always unique?");
  await alice.getByRole("tab", { name: "Chat" }).click();
  await alice.getByRole("log").getByRole("button", { name: /^Answer/ }).click();
  await say(alice, "No: take a path whose edges all have the same capacity.");
  await bob.getByRole("button", { name: "Raise hand" }).click();
  await say(carol, "Thank you");
  await shoot(alice, "room");
  await alice.getByRole("tab", { name: /^People/ }).click();
  await shoot(alice, "room-people");
  await alice.getByRole("tab", { name: "Questions" }).click();
  await alice.getByRole("button", { name: "New poll" }).click();
  await alice.getByLabel("Question", { exact: true }).fill("How long shall the exercise be?");
  await alice.getByLabel("Answer 1", { exact: true }).fill("Ten minutes");
  await alice.getByLabel("Answer 2", { exact: true }).fill("Twenty minutes");
  await alice.getByRole("button", { name: "Start", exact: true }).click();
  await carol.getByRole("tab", { name: "Questions" }).click();
  await carol.getByLabel(/^Twenty/).check();
  await alice.getByText("1 vote · 100 %").waitFor();
  await shoot(alice, "room-questions");
  await alice.getByRole("button", { name: "Close the side panel" }).click();
  await shoot(alice, "room-pictures");
  await alice.getByRole("button", { name: "More" }).click();
  await shoot(alice, "room-menu");
  await alice.getByRole("menuitem", { name: "Show the speaker large" }).click();
  await shoot(alice, "room-speaker");
  await world.killServer();
  await alice.getByText("The connection was lost. What you write is sent when it is back…").waitFor();
  await shoot(alice, "room-lost");
  await world.startServer();
  await connected(alice);
  await guest.goto(`${world.url}/nowhere`);
  await shoot(guest, "not-found");
  await bob.goto(`${world.url}/sessions`);
  await heading(bob, "Sessions");
  await bob.getByRole("link", { name: "Flows and cuts" }).waitFor();
  await shoot(bob, "sessions");
  await bob.getByRole("button", { name: "As a table" }).click();
  await bob.getByRole("table").waitFor();
  await shoot(bob, "sessions-table");
  await bob.getByRole("link", { name: "Flows and cuts" }).click();
  await heading(bob, "Flows and cuts");
  await shoot(bob, "session");
  await alice.getByRole("button", { name: "Leave", exact: true }).click();
  await alice.getByRole("dialog").waitFor();
  await shoot(alice, "leaving");
  await alice.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
  await alice.getByRole("table").waitFor();
  await shoot(alice, "ended");
  const meeting = new URL(alice.url()).pathname.replace("/live", "");
  await heading(carol, "The session has ended");

  // What only one person sees, and what stays of a session.
  const [asAlice, asBob] = [await api(world.url, PEOPLE.alice), await api(world.url, PEOPLE.bob)];
  const { id: mentorId } = await asAlice("GET", "/api/users/me");
  for (const [title, hours] of [["Career advice", 26], ["How to read a paper", 74]]) {
    await asBob("POST", "/api/bookings", { mentorId, title, scheduledAt: new Date(Date.now() + hours * 3_600_000).toISOString() });
  }
  const { items } = await asAlice("GET", "/api/classes");
  await asAlice("POST", `/api/classes/${items[0].id}/students`, { emails: ["dora@example.org", "emil@example.org"] });
  await alice.goto(`${world.url}${meeting}`);
  await heading(alice, "Flows and cuts");
  const chooser = alice.waitForEvent("filechooser");
  await alice.getByRole("button", { name: "Upload files" }).click();
  await (await chooser).setFiles([
    { name: "lesson.wav", mimeType: "audio/wav", buffer: stereoWav() },
    { name: "slides.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(480_000, 37) },
  ]);
  await alice.getByRole("button", { name: "Download slides.pdf" }).waitFor();
  await alice.getByRole("button", { name: "Analyse lesson.wav" }).click();
  await alice.getByRole("heading", { name: "Analysis of lesson.wav" }).waitFor();
  await alice.getByRole("listitem").filter({ hasText: "First speaker" }).first().waitFor();
  await shoot(alice, "session-ended", { whole: true });
  for (const [page, path, title] of [
    [bob, "notifications", "Notifications"],
    [bob, "bookings", "Bookings"],
    [alice, "classes", "Classes"],
    [alice, `classes/${items[0].id}`, "Graph theory"],
    [alice, "profile", "Profile"],
    [carol, "admin/overview", "Administration"],
    [carol, "admin/users", "Administration"],
    [carol, "admin/jobs", "Administration"],
    [carol, "admin/keys", "Administration"],
  ]) {
    await page.goto(`${world.url}/${path}`);
    await heading(page, title);
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await shoot(page, path.replace(items[0].id, "one").replace("/", "-"), { whole: true });
  }
} finally {
  await world.stop();
  rmSync(films, { recursive: true, force: true });
}

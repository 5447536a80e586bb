// Every page that the router knows, every dialog in the sources, and the menus: by axe, in both themes, wide and narrow.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { PEOPLE, World, api, checkPage, connected, joinFromHere } from "./harness.mjs";

let world, alice, bob, carol, guest;
/** Addresses of what there is to look at. */
const at = {};

before(async () => {
  world = await World.start();
  [alice, bob, carol, guest] = [await world.person("alice"), await world.person("bob"), await world.person("carol"), await world.person(null)];
  const [asAlice, asBob] = [await api(world.url, PEOPLE.alice), await api(world.url, PEOPLE.bob)];
  const bobId = (await asBob("GET", "/api/users/me")).id;
  const { id: classId } = await asAlice("POST", "/api/classes", { name: "Graph theory" });
  await asAlice("POST", `/api/classes/${classId}/students`, { userIds: [bobId] });
  const inAWhile = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const plan = (title) => asAlice("POST", "/api/sessions", { classId, title, type: "LECTURE", scheduledAt: inAWhile(30) });
  const planned = await plan("Colourings");
  const running = await plan("Planar graphs");
  await asAlice("POST", `/api/sessions/${running.id}/start`);
  // Who joined without a page is in the room, too.
  await asBob("POST", `/api/sessions/${running.id}/join`);
  const file = new FormData();
  file.set("type", "DOCUMENT");
  file.set("file", new Blob(["% slides"], { type: "application/pdf" }), "slides.pdf");
  await asAlice("POST", `/api/sessions/${planned.id}/artifacts`, file);
  const booking = await asBob("POST", "/api/bookings", { mentorId: (await asAlice("GET", "/api/users/me")).id, title: "Advice", scheduledAt: inAWhile(50) });
  Object.assign(at, {
    class: `/classes/${classId}`,
    session: `/sessions/${planned.id}`,
    live: `/sessions/${running.id}/live`,
    meeting: `/meeting/${booking.id}`,
  });
});
after(() => world?.stop());

/** Whose page shows a route's page, its address, and its heading. */
const PAGES = {
  "/signin": () => [guest, "/signin", "Sign in"],
  "/signin/callback": () => [guest, "/signin/callback?code=x&state=x", "Sign in"],
  "/register": () => [guest, "/register", "Create an account"],
  "/sessions": () => [alice, "/sessions", "Sessions"],
  "/sessions/$id": () => [alice, at.session, "Colourings"],
  "/classes": () => [alice, "/classes", "Classes"],
  "/classes/$id": () => [alice, at.class, "Graph theory"],
  "/profile": () => [alice, "/profile", "Profile"],
  "/notifications": () => [bob, "/notifications", "Notifications"],
  "/bookings": () => [bob, "/bookings", "Bookings"],
  "/admin/$section": () => [carol, "/admin/overview", "Administration"],
  "/sessions/$id/live": () => [alice, at.live, "Planar graphs"],
  "/meeting/$id": () => [bob, at.meeting, "Not open yet"],
};

const press = (page, name) => page.getByRole("button", { name }).first().click();
const choose = (page, name) => page.getByRole("menuitem", { name }).click();

/** What opens a dialog, by the key of its title. Those of the room come last, in the room. */
const DIALOGS = {
  "form.newTitle": async () => {
    await open(alice, "/sessions", "Sessions");
    await press(alice, "New session");
    return alice;
  },
  "form.discardTitle": async () => {
    await alice.getByRole("textbox", { name: "Title" }).fill("Begun");
    await alice.keyboard.press("Escape");
    return alice;
  },
  "form.endOtherTitle": async () => {
    await open(alice, "/sessions", "Sessions");
    await press(alice, "New session");
    await alice.getByLabel("Start now").check();
    await press(alice, "End it");
    return alice;
  },
  "session.cancelTitle": async () => {
    await open(alice, at.session, "Colourings");
    await press(alice, "More about Colourings");
    await choose(alice, "Cancel the session");
    return alice;
  },
  deleteTitle: async () => {
    await open(alice, at.session, "Colourings");
    await press(alice, "Delete slides.pdf");
    return alice;
  },
  "classes.new": async () => {
    await open(alice, "/classes", "Classes");
    await press(alice, "New class");
    return alice;
  },
  "classes.deleteTitle": async () => {
    await open(alice, at.class, "Graph theory");
    await press(alice, "Delete the class");
    return alice;
  },
  "classes.takeOutName": async () => {
    await open(alice, at.class, "Graph theory");
    await press(alice, "Take Bob Brown out of the class");
    return alice;
  },
  "bookings.cancelTitle": async () => {
    await open(bob, "/bookings", "Bookings");
    await press(bob, "Cancel");
    return bob;
  },
  "keys.new": async () => {
    await open(carol, "/admin/keys", "Administration");
    await press(carol, "New key");
    return carol;
  },
  "keys.madeTitle": async () => {
    await open(carol, "/admin/keys", "Administration");
    await press(carol, "New key");
    await carol.getByLabel("Name").fill("Course platform");
    await carol.getByLabel("Send notifications").check();
    await press(carol, "Make the key");
    await carol.getByRole("textbox", { name: "Key" }).waitFor();
    return carol;
  },
  "keys.revokeTitle": async () => {
    await open(carol, "/admin/keys", "Administration");
    await press(carol, "Revoke Course platform");
    return carol;
  },
  "people.removeTitle": async () => {
    await open(alice, at.live, "Planar graphs");
    await joinFromHere(alice);
    await connected(alice);
    await press(alice, /^People/);
    await press(alice, "What you can do with Bob Brown");
    await choose(alice, "Remove");
    return alice;
  },
  "room.devices": async () => {
    await alice.keyboard.press("Escape");
    await press(alice, "More");
    await choose(alice, "Camera and sound");
    return alice;
  },
  "shortcut.title": async () => {
    await alice.keyboard.press("Escape");
    await press(alice, "More");
    await choose(alice, "Keyboard shortcuts");
    return alice;
  },
  "room.leaveTitle": async () => {
    await alice.keyboard.press("Escape");
    await press(alice, "Leave");
    return alice;
  },
  "room.endTitle": async () => {
    await alice.keyboard.press("Escape");
    await press(alice, "End for everyone");
    return alice;
  },
};

async function open(page, path, heading) {
  await page.goto(world.url + path);
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
}

const sources = fileURLToPath(new URL("../src", import.meta.url));

test("no page and no dialog is forgotten here", () => {
  const routes = readFileSync(`${sources}/router.tsx`, "utf8").split("createRoute({").slice(1);
  const pages = routes.filter((route) => route.includes("component: lazyRouteComponent")).map((route) => /path: "([^"]+)"/.exec(route)[1]);
  assert.deepEqual(Object.keys(PAGES).sort(), pages.sort(), "each page of src/router.tsx needs a line in PAGES");
  const code = readdirSync(sources, { recursive: true }).filter((name) => name.endsWith(".tsx")).map((name) => readFileSync(`${sources}/${name}`, "utf8")).join("\n");
  const dialogs = [...code.matchAll(/<(?:DialogContent|Confirm)\s[\s\S]{0,300}?title=\{([^}]*)/g)].map(([, title]) => /t\("([^"]+)"/.exec(title)?.[1]);
  // The one without a text of its own is the confirmation itself.
  assert.deepEqual(Object.keys(DIALOGS).sort(), dialogs.filter((title) => title !== undefined).sort(), "each dialog in src needs a line in DIALOGS");
});

for (const [route, where] of Object.entries(PAGES)) {
  test(`the page ${route}`, async () => {
    const [page, path, heading] = where();
    await open(page, path, heading);
    await checkPage(page, route);
  });
}

test("the menus", async () => {
  await open(guest, "/signin", "Sign in");
  await press(guest, "Settings");
  await checkPage(guest, "the menu of guests");
  await open(carol, "/sessions", "Sessions");
  await press(carol, "Account of Carol Clark");
  await checkPage(carol, "the menu of one's account");
  await open(alice, at.session, "Colourings");
  await press(alice, "More about Colourings");
  await checkPage(alice, "the menu of a session");
});

for (const [title, show] of Object.entries(DIALOGS)) {
  test(`the dialog ${title}`, async () => {
    const page = await show();
    await page.getByRole("dialog").last().waitFor();
    await checkPage(page, title);
  });
}

test("nothing was complained of", () => assert.deepEqual(world.complaints, []));

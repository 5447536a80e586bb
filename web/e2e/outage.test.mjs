// What people notice of a server and a LiveKit that die and come back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PEOPLE, World, api, connected, createAndStart, joinFromHere, makeClass, say, seesOthersMove, until } from "./harness.mjs";

let world, alice, bob;

before(async () => {
  world = await World.start();
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
  await createAndStart(alice, world.url, "Trees");
  await joinFromHere(alice);
  await bob.goto(alice.url());
  await joinFromHere(bob);
  await Promise.all([connected(alice), connected(bob)]);
});
after(() => world?.stop());

const messages = (page) => page.getByRole("log").getByRole("listitem").locator("p.whitespace-pre-wrap").allTextContents();

test("the server dies: a banner, then everything is back, and no message is lost or doubled", async () => {
  await say(alice, "before");
  await bob.getByRole("log").getByText("before").waitFor();
  await world.killServer();
  await bob.getByText("The connection was lost. What you write is sent when it is back…").waitFor();
  await say(bob, "meanwhile");
  await bob.getByText("Sending…").waitFor();
  await world.startServer();
  await Promise.all([connected(alice), connected(bob)]);
  await alice.getByRole("log").getByText("meanwhile").waitFor();
  await say(alice, "after");
  await bob.getByRole("log").getByText("after").waitFor();
  for (const page of [alice, bob]) assert.deepEqual(await messages(page), ["before", "meanwhile", "after"]);
});

test("the server stays away: after a while it is left to the user when it is tried again", async () => {
  const carol = await world.person("carol");
  await carol.goto(`${world.url}/bookings`);
  await carol.getByText("You have no bookings.").waitFor();
  // One who waits for a start has neither sound nor picture, so there is nothing left to look at.
  const teacher = await api(world.url, PEOPLE.alice);
  const { items } = await teacher("GET", "/api/classes");
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = await teacher("POST", "/api/sessions", { classId: items[0].id, title: "Matchings", type: "LECTURE", scheduledAt: later });
  const waiting = await bob.context().newPage();
  await waiting.goto(`${world.url}/sessions/${id}/live`);
  await joinFromHere(waiting);
  await waiting.getByRole("heading", { level: 1, name: "It has not started yet" }).waitFor();
  await world.killServer();
  // Eight attempts take about half a minute; the pages are left as they are meanwhile.
  const long = { timeout: 90_000 };
  await Promise.all([
    carol.getByText("This page does not update by itself just now").waitFor(long),
    waiting.getByRole("heading", { level: 1, name: "The connection was lost" }).waitFor(long),
    ...[alice, bob].map((page) => page.getByText("The server cannot be reached. What you write is sent when it is back.").waitFor(long)),
  ]);
  await carol.getByText("You have no bookings.").waitFor();
  await Promise.all([seesOthersMove(alice), seesOthersMove(bob)]);
  await say(alice, "are you there?");
  await world.startServer();
  const again = (page) => page.getByRole("button", { name: "Try again" }).click();
  await Promise.all([alice, bob].map(again));
  // A page that is only looked at comes back without being asked.
  await carol.getByText("This page does not update by itself just now").waitFor({ state: "detached", timeout: 60_000 });
  await Promise.all([connected(alice), connected(bob)]);
  await bob.getByRole("log").getByText("are you there?").waitFor();
  await waiting.getByRole("button", { name: "Join again" }).click();
  await joinFromHere(waiting);
  await waiting.getByRole("heading", { level: 1, name: "It has not started yet" }).waitFor();
  await waiting.close();
});

test("without WebSockets, as behind some proxies, a page is read anew now and then", async () => {
  const carol = await world.person("carol");
  await carol.clock.install();
  await carol.routeWebSocket(/\/ws$/, (socket) => socket.close());
  await carol.goto(`${world.url}/bookings`);
  await carol.getByText("You have no bookings.").waitFor();
  // The attempts are eight, with pauses of at most eight seconds between them.
  await until("it is told", async () => {
    await carol.clock.fastForward(8_000);
    return (await carol.getByText("This page does not update by itself just now").count()) > 0;
  });
  const asCarol = await api(world.url, PEOPLE.carol);
  const asAlice = await api(world.url, PEOPLE.alice);
  const mentorId = (await asAlice("GET", "/api/users/me")).id;
  await asCarol("POST", "/api/bookings", { mentorId, title: "Advice", scheduledAt: new Date(Date.now() + 5 * 86_400_000).toISOString() });
  await until("it is read anew", async () => {
    await carol.clock.fastForward(8_000);
    return (await carol.getByRole("link", { name: "Advice" }).count()) > 0;
  });
  await carol.context().browser().close();
});

const offline = (page) => page.getByText("You are offline. This page goes on when the network is back.");

test("a machine that loses its network says so at once, and goes on when it is back", async () => {
  const lists = await bob.context().newPage();
  await lists.goto(`${world.url}/sessions`);
  await lists.getByRole("link", { name: "Trees" }).waitFor();
  await bob.context().setOffline(true);
  await Promise.all([bob, lists].map((page) => offline(page).waitFor({ timeout: 3_000 })));
  await lists.getByRole("link", { name: "Trees" }).waitFor();
  await say(bob, "from the tunnel");
  await bob.context().setOffline(false);
  await Promise.all([bob, lists].map((page) => offline(page).waitFor({ state: "detached" })));
  await alice.getByRole("log").getByText("from the tunnel").waitFor();
  await lists.close();
});

test("a browser that sees no network says nothing while the server answers, as one on the same machine does", async () => {
  const asked = bob.waitForResponse("**/healthz");
  await bob.evaluate(() => {
    Object.defineProperty(window.navigator, "onLine", { configurable: true, get: () => false });
    window.dispatchEvent(new window.Event("offline"));
  });
  await asked;
  await say(bob, "all is well");
  await alice.getByRole("log").getByText("all is well").waitFor();
  assert.equal(await offline(bob).count(), 0);
  await bob.evaluate(() => {
    delete window.navigator.onLine;
    window.dispatchEvent(new window.Event("online"));
  });
});

test("LiveKit dies: the chat goes on, and picture and sound come back by themselves", async () => {
  await Promise.all([seesOthersMove(alice), seesOthersMove(bob)]);
  world.stopLivekit();
  await alice.getByText("Sound and picture were lost. They are being connected again…").waitFor();
  // What is not connected does not look open, and leaving stays possible.
  await alice.getByRole("button", { name: "Turn on microphone" }).waitFor();
  assert.equal(await alice.getByRole("button", { name: "Leave", exact: true }).isEnabled(), true);
  await say(alice, "can you read me?");
  await bob.getByRole("log").getByText("can you read me?").waitFor();
  await bob.getByRole("button", { name: "Raise hand" }).click();
  await bob.getByRole("button", { name: "Lower hand (number 1 in the queue)" }).waitFor();
  await alice.locator("[data-sonner-toast]").filter({ hasText: "Bob Brown raised a hand" }).first().waitFor();
  world.startLivekit();
  await Promise.all([connected(alice), connected(bob)]);
  await Promise.all([seesOthersMove(alice), seesOthersMove(bob)]);
});

// Cameras and microphones that cannot be used: four causes, each with its own words, and none keeps anybody out.
import { after, before, test } from "node:test";

import { PEOPLE, World, checkPage, connected, createAndStart, joinFromHere, makeClass, say } from "./harness.mjs";

let world, alice;

before(async () => {
  world = await World.start();
  alice = await world.person("alice");
  await makeClass(alice, world.url, "Graph theory", PEOPLE.bob.name);
  await createAndStart(alice, world.url, "Trees");
  await joinFromHere(alice);
  await connected(alice);
});
after(() => world?.stop());

const CASES = [
  {
    name: "denied",
    options: { without: ["--use-fake-ui"] },
    text: "Camera and microphone are blocked. Allow them for this page in the address bar. You can join without them.",
  },
  {
    name: "missing",
    options: { without: ["--use-fake-device"] },
    text: "No camera and no microphone were found. Plug them in. You can join without them.",
  },
  {
    name: "in use",
    options: {},
    // Another program cannot be had here, so the browser's answer is given in its place.
    script: () => (MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("", "NotReadableError"))),
    text: "Camera and microphone are used by another program. Close it and try again. You can join without them.",
  },
  {
    name: "on a page that is not secure",
    options: {},
    // Such pages have no `mediaDevices`.
    script: () => delete Navigator.prototype.mediaDevices,
    text: "Browsers give camera and microphone to secure pages only. Open this address with https. You can join without them.",
  },
];

for (const { name, options, script, text } of CASES) {
  test(`camera and microphone are ${name}`, async () => {
    const bob = await world.person("bob", options);
    if (script) await bob.addInitScript(script);
    await bob.goto(alice.url());
    await bob.getByRole("alert").getByText(text).waitFor();
    if (name === "denied") await checkPage(bob, "the device check, denied");
    await joinFromHere(bob);
    await connected(bob);
    await bob.getByRole("button", { name: "Turn on microphone" }).waitFor();
    await say(bob, `without devices, ${name}`);
    await alice.getByRole("log").getByText(`without devices, ${name}`).waitFor();
    await bob.getByRole("button", { name: "Leave", exact: true }).click();
    await bob.getByRole("heading", { level: 1, name: "You left" }).waitFor();
    await bob.context().browser().close();
  });
}

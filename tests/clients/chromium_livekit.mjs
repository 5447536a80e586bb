// livekit-client as it is, in a Chromium without a display and with a pretended microphone.
//
//   node chromium_livekit.mjs URL TOKEN
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { follow, load, report } from './report.mjs';

const [url, token] = process.argv.slice(2);
const { chromium } = load('playwright-core');
const library = join(dirname(load.resolve('livekit-client')), 'livekit-client.umd.js');

const browser = await chromium.launch({
  executablePath: process.env.TEST_CHROMIUM,
  args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--disable-gpu'],
});
const page = await browser.newPage();
// Only pages of a secure origin get a microphone, and only pages of this machine may connect to it: localhost is both.
const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
await page.goto(`http://localhost:${site.address().port}/`);
await page.addScriptTag({ content: await readFile(library, 'utf8') });
const joined = await page.evaluate(async ([url, token]) => {
  const { Room, RoomEvent } = globalThis.LivekitClient;
  const room = new Room();
  globalThis.room = room;
  room.on(RoomEvent.Disconnected, (reason) => console.log(`disconnected ${reason}`));
  await room.connect(url, token);
  await room.localParticipant.setMicrophoneEnabled(true);
  return { identity: room.localParticipant.identity, room: room.name, tracks: room.localParticipant.trackPublications.size };
}, [url, token]);
report('joined', joined);

await follow(
  async () => {
    await page.evaluate(() => globalThis.room.disconnect());
    report('left');
  },
  () => browser.close(),
);

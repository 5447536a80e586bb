// A real server with a real LiveKit, and people with browsers of their own.
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import { preview } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const secret = "0123456789abcdef0123456789abcdef";

/** The accounts of `mockly demo`. */
export const PEOPLE = {
  alice: { name: "Alice Adams", email: "alice@example.org", password: "alice-demo-2026" },
  bob: { name: "Bob Brown", email: "bob@example.org", password: "bob-demo-2026" },
  carol: { name: "Carol Clark", email: "carol@example.org", password: "carol-demo-2026" },
};

const FLAGS = [
  "--no-sandbox",
  // Few pictures a second, because several browsers draw and code them on one machine.
  "--use-fake-device-for-media-stream=fps=10",
  "--use-fake-ui-for-media-stream",
  // What is shared where somebody shares a screen: the page itself.
  "--auto-select-tab-capture-source-by-title=Mockly",
  // A machine may have no network but its loopback.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: \`make test\` sets it, see scripts/test.sh`);
  return resolve(root, value);
}

export class World {
  #folder = mkdtempSync(join(tmpdir(), "mockly-e2e-"));
  #browsers = [];
  #server = null;
  #front = null;
  #own = "";
  #environment;
  /** What pages logged as errors, beyond the refusals that a test provokes. */
  complaints = [];

  /** `configure` answers further settings of the server, which may depend on the address of its pages. */
  static async start(configure = () => ({})) {
    const world = new World();
    try {
      await world.#begin(configure);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async #begin(configure) {
    const [port, livekitPort] = [await freePort(), await freePort()];
    this.#own = `http://localhost:${port}`;
    // While one works on the UI: web/dist as it was built last, in front of a server whose own may be older.
    if (process.env.TEST_WEB_DIST) {
      process.env.MOCKLY_URL = this.#own;
      this.#front = await preview({ root: join(root, "web"), preview: { port: await freePort() }, logLevel: "silent" });
    }
    this.url = this.#front === null ? this.#own : `http://localhost:${this.#front.config.preview.port}`;
    this.#environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ENVIRONMENT: "development",
      HOST: "127.0.0.1",
      PORT: String(port),
      PUBLIC_URL: this.url,
      DATABASE_URL: `sqlite://${this.#folder}/mockly.db`,
      ACCESS_TOKEN_SECRET: secret,
      LIVEKIT_API_KEY: "mockly-e2e",
      LIVEKIT_API_SECRET: secret,
      LIVEKIT_PORT: String(livekitPort),
      LIVEKIT_UDP_PORT: String(await freeUdpPort()),
      LIVEKIT_WEBHOOK_URL: `http://127.0.0.1:${port}/api/webhooks/livekit`,
      LIVEKIT_URL: `http://127.0.0.1:${livekitPort}`,
      LIVEKIT_WS_URL: `ws://127.0.0.1:${livekitPort}`,
      ...(await configure(this.url)),
    };
    this.startLivekit();
    execFileSync(needed("TEST_MOCKLY_BIN"), ["demo"], { env: this.#environment, stdio: "pipe" });
    await this.startServer();
  }

  startLivekit() {
    execFileSync("scripts/livekit.sh", ["up", `${this.#folder}/livekit`], { cwd: root, env: this.#environment, stdio: "pipe" });
  }

  stopLivekit() {
    execFileSync("scripts/livekit.sh", ["down", `${this.#folder}/livekit`], { cwd: root, env: this.#environment, stdio: "pipe" });
  }

  async startServer() {
    const log = openSync(join(this.#folder, "server.log"), "a");
    this.#server = spawn(needed("TEST_MOCKLY_BIN"), ["serve"], { env: this.#environment, stdio: ["ignore", log, log] });
    const ready = () => fetch(`${this.#own}/readyz`).then((answer) => answer.ok, () => false);
    await until("the server is ready", async () => {
      if (this.#server.exitCode !== null) throw new Error(`the server ended: ${readFileSync(join(this.#folder, "server.log"), "utf8").slice(-2000)}`);
      return ready();
    });
  }

  /** Without a goodbye, as a crash ends it. */
  async killServer() {
    this.#server.kill("SIGKILL");
    await once(this.#server, "exit");
  }

  /** A page of a browser process of its own; signed in where a person is named. `without` leaves out flags that begin so, `flags` are more of them. */
  async person(who, { without = [], flags = [], ...options } = {}) {
    const args = [...FLAGS.filter((flag) => !without.some((start) => flag.startsWith(start))), ...flags];
    const browser = await chromium.launch({ executablePath: needed("TEST_CHROMIUM"), args });
    this.#browsers.push(browser);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.complaints.push(`${who}: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !text.startsWith("Failed to load resource") && !text.includes("WebSocket connection to")) this.complaints.push(`${who}: ${text}`);
    });
    if (who !== null) {
      await page.goto(`${this.url}/signin`);
      await page.getByLabel("E-mail address").fill(PEOPLE[who].email);
      await page.getByLabel("Password").fill(PEOPLE[who].password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
    }
    return page;
  }

  async stop() {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
    if (this.#server !== null && this.#server.exitCode === null && this.#server.signalCode === null) {
      this.#server.kill("SIGTERM");
      await once(this.#server, "exit");
    }
    await this.#front?.close();
    this.stopLivekit();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The API as somebody: a function of method, path and body, which answers what the server did and fails where it refused. */
export async function api(url, { email, password }) {
  const call = async (token, method, path, body) => {
    const json = body !== undefined && !(body instanceof FormData);
    const headers = { ...(json ? { "Content-Type": "application/json" } : {}), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(url + path, { method, headers, body: json ? JSON.stringify(body) : body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  const { accessToken } = await call(null, "POST", "/api/auth/login", { email, password });
  return (method, path, body) => call(accessToken, method, path, body);
}

/** Enrols people in a class of that name, which is made first. */
export async function makeClass(page, url, name, ...students) {
  await page.goto(`${url}/classes`);
  await page.getByRole("button", { name: "New class" }).first().click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("link", { name }).click();
  for (const student of students) {
    await page.getByRole("combobox", { name: "By name" }).fill(student.split(" ")[0]);
    await page.getByRole("option", { name: student }).click();
    await page.getByRole("listitem").filter({ hasText: student }).waitFor();
  }
}

/** Creates a session of the only class and starts it at once. */
export async function createAndStart(page, url, title, { waitingRoom = false } = {}) {
  if (!page.url().endsWith("/sessions")) await page.goto(`${url}/sessions`);
  await page.getByRole("button", { name: "New session" }).first().click();
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  if (waitingRoom) await page.getByLabel("Waiting room").check();
  await page.getByLabel("Start now").check();
  await page.getByRole("button", { name: "Create and start" }).click();
  await page.waitForURL("**/live");
}

export async function joinFromHere(page) {
  await page.getByRole("button", { name: "Join", exact: true }).click();
}

export async function connected(page) {
  await page.locator("[data-testid=connection-state][data-state=connected]").waitFor({ state: "attached" });
}

/** Whether pictures of so many others are there, and each moves. */
export async function seesOthersMove(page, others = 1) {
  await until(`${others} others' video moves`, () =>
    page.evaluate(async (others) => {
      const videos = [...document.querySelectorAll("video[data-local=false]")];
      if (videos.length !== others || videos.some(({ videoWidth }) => videoWidth === 0)) return false;
      const before = videos.map(({ currentTime }) => currentTime);
      // A machine that is busy has few frames a second, and each picture comes at its own time.
      for (const end = performance.now() + 2_000; performance.now() < end; ) {
        await new Promise((done) => setTimeout(done, 50));
        if (videos.every(({ currentTime }, at) => currentTime > before[at])) return true;
      }
      return false;
    }, others),
  );
}

/** Whether so many others are heard: their sound comes, and it is no silence. */
export async function hears(page, others) {
  await until(`${others} others are heard`, () =>
    page.evaluate(async (others) => {
      const sounds = [...document.querySelectorAll("audio")];
      if (sounds.length !== others || sounds.some(({ paused }) => paused)) return false;
      const loud = sounds.map(async (sound) => {
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        context.createMediaStreamSource(sound.srcObject).connect(analyser);
        const samples = new Uint8Array(analyser.frequencyBinCount);
        let peak = 0;
        // The fake microphone beeps once a second.
        for (const end = performance.now() + 1500; performance.now() < end && peak < 5; await new Promise((done) => setTimeout(done, 20))) {
          analyser.getByteTimeDomainData(samples);
          peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), peak);
        }
        await context.close();
        return peak >= 5;
      });
      return (await Promise.all(loud)).every(Boolean);
    }, others),
  );
}

export async function say(page, text) {
  const message = page.getByRole("textbox", { name: "Message" });
  if (!(await message.isVisible())) await page.getByRole("button", { name: /^Chat/ }).click();
  await message.fill(text);
  await message.press("Enter");
}

/** Asks until it is so; a promise that takes long is waited for, which Playwright's own waiting does not do. */
export async function until(what, isSo, ms = 20_000) {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await isSo()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`it did not come to be within ${ms} ms: ${what}`);
}

/** Fails where axe finds anything against WCAG 2.2 AA, or where the page scrolls sideways. */
export async function checkPage(page, name) {
  const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // The page follows the system's choice a moment later, and colours change by a transition. The room is dark in both.
      await page.waitForFunction(
        (dark) => document.documentElement.classList.contains("dark") === (dark || document.querySelector("[role=toolbar]") !== null),
        colorScheme === "dark",
      );
      await rests(page);
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
      const faults = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(" ")}`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      if (sideways) faults.push("it scrolls sideways");
      if (faults.length > 0) throw new Error(`${name} at ${width} px, ${colorScheme}: ${faults.join("; ")}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** Fails where something that passes by lies over one of those that are needed. */
export async function leavesFree(page, passing, needed) {
  // It comes in from its edge.
  await passing.and(page.locator("[data-mounted=true]")).waitFor();
  await rests(page);
  const over = await passing.boundingBox();
  for (const [name, place] of Object.entries(needed)) {
    const under = await place.boundingBox();
    if (under === null) throw new Error(`there is no ${name}`);
    const beside = over.x >= under.x + under.width || under.x >= over.x + over.width;
    const above = over.y >= under.y + under.height || under.y >= over.y + over.height;
    if (!beside && !above) throw new Error(`it covers the ${name}: ${JSON.stringify({ over, under })}`);
  }
}

/** One transition can set off those of what inherits from it, so it is asked until nothing moves any more. */
export function rests(page) {
  return until("nothing moves", () => page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const moving = document.getAnimations().filter(({ playState, effect }) => playState === "running" && effect.getComputedTiming().iterations !== Infinity);
    await Promise.all(moving.map((animation) => animation.finished.catch(() => undefined)));
    return moving.length === 0;
  }));
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function freeUdpPort() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

// The processes of the cluster: each can be ended, with and without a word, and started again where it was.
import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const script = (name) => here(`../../../scripts/${name}`);
const UP_WITHIN_MS = 60_000;

class Machine {
  #process;

  constructor(name, folder, command, isUp, env = {}) {
    Object.assign(this, { name, command, isUp, env: { ...process.env, ...env }, log: join(folder, `${name}.log`) });
  }

  /** PostgreSQL has to be asked again while the processes of its former self still end. */
  async start() {
    for (const end = Date.now() + UP_WITHIN_MS; Date.now() < end; await sleep(50)) {
      if (!this.#process) {
        const log = openSync(this.log, 'a');
        this.#process = spawn(this.command[0], this.command.slice(1), { env: this.env, stdio: ['ignore', log, log] });
        this.#process.once('exit', () => (this.#process = undefined));
      }
      if (await this.isUp().catch(() => false)) return;
    }
    throw new Error(`${this.name} is not up after ${UP_WITHIN_MS} ms; see ${this.log}`);
  }

  signal(signal) {
    this.#process.kill(signal);
  }

  async end(signal) {
    const gone = once(this.#process, 'exit');
    this.signal(signal);
    await gone;
  }
}

/** All of them, started. `folder` has a PostgreSQL cluster that the shell made. */
export async function startCluster(folder, binary) {
  const [postgresPort, redisPort, proxyPort, mediaPort, ...ports] = await freePorts(10);
  const url = `http://127.0.0.1:${proxyPort}`;
  const secret = randomBytes(32).toString('hex');
  const password = readFileSync(join(folder, 'postgres/password'), 'utf8').trim();

  const isPostgresUp = () => run('pg_isready', ['-h', '127.0.0.1', '-p', postgresPort]);
  const runPostgres = [script('postgres.sh'), 'run', join(folder, 'postgres'), postgresPort];
  const postgres = new Machine('postgres', folder, runPostgres, isPostgresUp);
  // With persistence, which LiveKit needs: where its map of rooms comes back empty, it refuses whoever comes to a running one.
  const runRedis = [script('redis.sh'), 'run', redisPort, join(folder, 'redis')];
  const redis = new Machine('redis', folder, runRedis, () => accepts(redisPort));
  await Promise.all([postgres.start(), redis.start()]);

  const key = { LIVEKIT_API_KEY: 'fleet', LIVEKIT_API_SECRET: randomBytes(32).toString('hex') };
  for (const at of [0, 2]) {
    const [LIVEKIT_PORT, LIVEKIT_UDP_PORT] = ports.slice(at);
    const more = { LIVEKIT_REDIS: `127.0.0.1:${redisPort}`, LIVEKIT_WEBHOOK_URL: `${url}/api/webhooks/livekit` };
    const env = { ...process.env, ...key, ...more, LIVEKIT_PORT, LIVEKIT_UDP_PORT };
    await run(script('livekit.sh'), ['up', join(folder, `livekit-${1 + at / 2}`)], { env });
  }

  const settings = {
    ...key,
    ENVIRONMENT: 'production',
    PUBLIC_URL: url,
    DATABASE_URL: `postgres://mockly:${password}@127.0.0.1:${postgresPort}/postgres`,
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    ACCESS_TOKEN_SECRET: secret,
    ARTIFACTS_DIR: join(folder, 'artifacts'),
    TRUSTED_PROXIES: '127.0.0.1/32',
    LIVEKIT_URL: `http://127.0.0.1:${mediaPort}`,
    // All clients but those of Socket.IO share one address here.
    RATE_LIMIT_API_ADDRESS: 'off',
  };
  await run(binary, ['migrate'], { env: { ...process.env, ...settings } });
  const nodes = ports.slice(4).map((PORT, at) => {
    const isUp = async () => (await fetch(`http://127.0.0.1:${PORT}/readyz`)).ok;
    return new Machine(`node-${at + 1}`, folder, [binary, 'serve'], isUp, { ...settings, PORT });
  });
  await Promise.all(nodes.map((node) => node.start()));

  configureProxy(folder, proxyPort, ports.slice(4), mediaPort, [ports[0], ports[2]]);
  await new Machine('nginx', folder, ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')], () => accepts(proxyPort)).start();
  return { url, secret, nodes, postgres, redis, redisUrl: settings.REDIS_URL };
}

/** The site of deploy/nginx.conf with all its directives as they are, but for TLS. */
function configureProxy(folder, port, nodePorts, mediaPort, livekitPorts) {
  const site = readFileSync(here('../../../deploy/nginx.conf'), 'utf8')
    .replace(/server \{\n    listen 80;[^}]*\}\n/, '')
    .replace(/^ *ssl_certificate.*\n/gm, '')
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
    .replace(/^ *(access|error)_log .*\n/gm, '')
    .replace('livekit:7880', `127.0.0.1:${mediaPort}`)
    .replace('mockly-1:8080', `127.0.0.1:${nodePorts[0]}`)
    .replace('mockly-2:8080', `127.0.0.1:${nodePorts[1]}`);
  const around = readFileSync(here('nginx.conf'), 'utf8')
    .replace('LIVEKIT_PORT_1', livekitPorts[0])
    .replace('LIVEKIT_PORT_2', livekitPorts[1])
    .replace('MEDIA_PORT', mediaPort);
  writeFileSync(join(folder, 'site.conf'), site);
  writeFileSync(join(folder, 'nginx.conf'), around);
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(socket.destroy()));
    socket.once('error', () => resolve(false));
  });
}

/** Below the ephemeral ones, so that no outgoing connection takes one before its server does. */
async function freePorts(count) {
  const found = new Set();
  while (found.size < count) {
    const port = 20_000 + randomInt(12_000);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening').then(() => found.add(String(port)), () => {});
    server.close();
  }
  return [...found];
}

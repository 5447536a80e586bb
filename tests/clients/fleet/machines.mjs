// The processes of the cluster: each can be ended, with and without a word, and started again where it was.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes, randomInt } from 'node:crypto';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
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
        const started = spawn(this.command[0], this.command.slice(1), { env: this.env, stdio: ['ignore', log, log] });
        started.once('exit', () => (this.#process = undefined));
        this.#process = started;
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

/** What the shell made already: `folder` has a PostgreSQL cluster that was not started yet. */
export async function build(folder, binary) {
  const [postgresPort, redisPort, proxyPort, mediaPort, ...ports] = await freePorts(10);
  const [nodePorts, livekitPorts] = [ports.slice(0, 2), ports.slice(2, 6)];
  const url = `http://127.0.0.1:${proxyPort}`;
  const secret = randomBytes(32).toString('hex');
  const script = (name) => join(root, 'scripts', name);

  const place = join(folder, 'postgres');
  const password = readFileSync(join(place, 'password'), 'utf8').trim();
  const runPostgres = [script('postgres.sh'), 'run', place, String(postgresPort)];
  const postgres = new Machine('postgres', folder, runPostgres, () => asksForPassword(postgresPort));
  const redis = new Machine('redis', folder, [script('redis.sh'), 'run', String(redisPort)], () => accepts(redisPort));

  const livekit = { LIVEKIT_API_KEY: 'fleet', LIVEKIT_API_SECRET: randomBytes(32).toString('hex') };
  const settings = {
    ...livekit,
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
  const node = (port, at) => {
    const isUp = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
    return new Machine(`node-${at + 1}`, folder, [binary, 'serve'], isUp, { ...settings, PORT: String(port) });
  };
  const nodes = nodePorts.map(node);

  const configuration = join(folder, 'nginx.conf');
  writeFileSync(configuration, proxy(folder, proxyPort, nodePorts, mediaPort, [livekitPorts[0], livekitPorts[2]]));
  const nginx = new Machine('nginx', folder, ['nginx', '-p', folder, '-c', configuration], () => accepts(proxyPort));

  return {
    url, secret, nodes, postgres, redis, redisUrl: settings.REDIS_URL,
    async start() {
      await Promise.all([postgres.start(), redis.start()]);
      for (const at of [0, 1]) {
        const [LIVEKIT_PORT, LIVEKIT_UDP_PORT] = livekitPorts.slice(2 * at, 2 * at + 2).map(String);
        const more = { LIVEKIT_REDIS: `127.0.0.1:${redisPort}`, LIVEKIT_WEBHOOK_URL: `${url}/api/webhooks/livekit` };
        const env = { ...process.env, ...livekit, ...more, LIVEKIT_PORT, LIVEKIT_UDP_PORT };
        await run(script('livekit.sh'), ['up', join(folder, `livekit-${at + 1}`)], { env });
      }
      await run(binary, ['migrate'], { env: { ...process.env, ...settings } });
      await Promise.all(nodes.map((one) => one.start()));
      await nginx.start();
    },
  };
}

/** The site of deploy/nginx.conf with its directives as they are, without TLS, and a balancer for LiveKit beside it. */
function proxy(folder, port, nodePorts, mediaPort, livekitPorts) {
  const site = readFileSync(join(root, 'deploy/nginx.conf'), 'utf8')
    .replace(/server \{\n    listen 80;[^}]*\}\n/, '')
    .replace(/^ *ssl_certificate.*\n/gm, '')
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
    .replace('10.0.0.11:8080', `127.0.0.1:${nodePorts[0]}`)
    .replace('10.0.0.12:8080', `127.0.0.1:${nodePorts[1]}`);
  mkdirSync(join(folder, 'temporary'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path temporary/${of};`).join(' ');
  return `daemon off;
pid nginx.pid;
error_log nginx-errors.log;
worker_processes 1;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
access_log off; ${temporary}
${site}
upstream livekit { ${livekitPorts.map((one) => `server 127.0.0.1:${one};`).join(' ')} }
server {
    listen 127.0.0.1:${mediaPort};
    location / {
        proxy_pass http://livekit;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $mockly_connection;
    }
}
}
`;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(socket.destroy()));
    socket.once('error', () => resolve(false));
  });
}

/** Whether PostgreSQL takes connections: what it says to a start-up message is `R`, and `E` while it recovers. */
function asksForPassword(port) {
  const body = Buffer.from('\0\x03\0\0user\0mockly\0\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(Buffer.concat([length, body])));
    socket.once('data', (data) => resolve(data[0] === 'R'.charCodeAt(0)));
    socket.once('data', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Below the ephemeral ones, so that no outgoing connection takes one before its server does. */
async function freePorts(count) {
  const found = new Set();
  while (found.size < count) {
    const port = 20_000 + randomInt(12_000);
    const server = createServer();
    const taken = await new Promise((resolve) => server.once('error', resolve).listen(port, '127.0.0.1', () => resolve()));
    server.close();
    if (!taken) found.add(port);
  }
  return [...found];
}

// `make cluster`: clients at a cluster that is harmed in turn, while somebody writes.
//
//   node trial.mjs FOLDER MOCKLY PYTHON GROUPS       a group is a session with 20 clients
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from './ledger.mjs';
import { startCluster } from './machines.mjs';
import { meetOnBoth } from './media.mjs';
import { School } from './school.mjs';
import { Writer } from './writer.mjs';

const PROCESSES = 2;
const PATIENCE_MS = 120_000;
/** For so long nginx sends nothing to a node that was away; `fail_timeout` in deploy/nginx.conf, and some. */
const TRUSTED_AGAIN_MS = 6_000;

const [folder, binary, python, groups] = process.argv.slice(2);
const say = (line) => console.log(`${(performance.now() / 1_000).toFixed(0).padStart(4)} s  ${line}`);

const cluster = await startCluster(folder, binary);
say('two nodes behind nginx');
const { nodes, postgres, redis } = cluster;

const faults = {
  'nothing, for 20 s': () => sleep(20_000),
  'a node is killed, and back after 10 s': async () => {
    await nodes[0].end('SIGKILL');
    await sleep(10_000);
    await nodes[0].start();
  },
  'Redis is restarted': async () => {
    await redis.end('SIGTERM');
    await redis.start();
  },
  'PostgreSQL is killed, and started again': async () => {
    await postgres.end('SIGKILL');
    await postgres.start();
  },
  'Redis says nothing for 60 s': async () => {
    redis.signal('SIGSTOP');
    await sleep(60_000);
    redis.signal('SIGCONT');
  },
  'both nodes are restarted in turn': async () => {
    for (const node of nodes) {
      await node.end('SIGTERM');
      await node.start();
      await sleep(TRUSTED_AGAIN_MS);
    }
  },
};

const school = new School(cluster.url, cluster.secret);
await school.open(Number(groups));
say(`${school.sessions.length} sessions with ${school.clients.length} clients`);
const media = await meetOnBoth(school, cluster.redisUrl, python);
say(`LiveKit: ${media.counts} rooms on its two nodes, people meet in one of each`);

const ledger = new Ledger(school.clients);
ledger.begin('coming');
for (let at = 0; at < PROCESSES; at += 1) {
  const clients = fork(fileURLToPath(new URL('clients.mjs', import.meta.url)));
  clients.on('message', (told) => ledger.told(told));
  clients.on('exit', (code) => {
    console.error(`a process of clients ended with ${code}`);
    process.exit(1);
  });
  clients.send(school.clients.filter(({ index }) => index % PROCESSES === at));
}
await ledger.allUp(PATIENCE_MS);
say('all are connected');
const writer = new Writer(school, ledger);
await writer.begin();

for (const [name, harm] of Object.entries(faults)) {
  ledger.begin(name);
  await harm();
  const harmed = Date.now();
  await ledger.upToDate(PATIENCE_MS);
  ledger.phases.at(-1).back = Date.now() - harmed;
  say(name);
  await sleep(5_000);
}
await writer.stop();
await ledger.upToDate(PATIENCE_MS);
const thrownOut = await media.end();
const again = await meetOnBoth(school, cluster.redisUrl, python);
await again.end();
say(`LiveKit: ${thrownOut.length} of 4 people were thrown out meanwhile; then ${again.counts} rooms, people meet in one of each`);

const names = { stomp: 'STOMP', sockjs: 'SockJS polling', door: 'doors', socketio: 'Socket.IO' };
const kinds = Object.keys(names);
const verdict = await ledger.judge(school);
for (const [what, times] of ledger.complaints) say(`${times} x ${what}`);
const seconds = (ms = 0) => `${(ms / 1_000).toFixed(1)} s`;
console.log(`
| what happens | changes | ${kinds.map((kind) => names[kind]).join(' | ')} | all back after | reconnects | 503 | not answered, 502, 504 |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|`);
for (const { name, changes, gaps, back, reconnects, refused, failed } of ledger.phases.slice(1)) {
  const longest = kinds.map((kind) => seconds(gaps[kind])).join(' | ');
  console.log(`| ${name} | ${changes} | ${longest} | ${seconds(back)} | ${reconnects} | ${refused} | ${failed} |`);
}
const { lost, reordered, repeated, notes } = verdict;
// Whoever stops a node in order fails nobody.
const unanswered = ledger.phases.at(-1).failed;
if (unanswered > 0) notes.push(`${unanswered} writes failed while nodes were restarted in turn`);
console.log(`
${school.clients.length} clients heard ${ledger.deliveries} messages, and ${ledger.repeats} of them twice.
Lost: ${lost}. Out of order: ${reordered}. Repeated under another id: ${repeated}.`);
notes.slice(0, 20).forEach((note) => console.log(note));
process.exit(lost + reordered + repeated + notes.length ? 1 : 0);

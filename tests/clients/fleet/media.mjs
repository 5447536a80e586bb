// Two nodes of LiveKit on one Redis, behind one address: rooms live on both, and people meet in either's.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from 'redis';

const SESSIONS = 8;
/** Where LiveKit keeps which of its nodes has which room. */
const NODES_OF_ROOMS = 'room_node_map';
/** The reason that LiveKit gives to one who left by themselves. */
const LEFT = '1';

/** Has two people meet in one room of each node. Gives how many rooms each has, and what ends the meetings. */
export async function meetOnBoth(school, redisUrl, python) {
  const rooms = [];
  for (const session of school.sessions.slice(0, SESSIONS)) {
    rooms.push({ session, ...(await school.expect('GET', `/api/sessions/${session.id}/token`, session.teacher)) });
  }
  const redis = await createClient({ url: redisUrl }).connect();
  const nodeOf = await redis.hGetAll(NODES_OF_ROOMS);
  await redis.close();
  const nodes = new Map();
  for (const room of rooms) nodes.set(nodeOf[room.roomId], [...(nodes.get(nodeOf[room.roomId]) ?? []), room]);
  if (nodes.size !== 2 || nodes.has(undefined)) throw new Error(`rooms on ${[...nodes.keys()]}, not on two nodes`);
  const ends = [];
  for (const [room] of nodes.values()) ends.push(await meet(school, room, python));
  const counts = [...nodes.values()].map((there) => there.length).join(' and ');
  return { counts, end: async () => (await Promise.all(ends.map((end) => end()))).flat() };
}

/** Two participants of whom the second is heard by the first; gives what ends it and says who was thrown out meanwhile. */
async function meet(school, { session, token, url }, python) {
  const program = fileURLToPath(new URL('../livekit_client.py', import.meta.url));
  const client = spawn(python, [program], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const told = async (wanted) => {
    for (;;) {
      const { value, done } = await lines.next();
      const event = done ? 'end' : JSON.parse(value).event;
      if (event === wanted) return;
      if (['end', 'refused'].includes(event)) throw new Error(`media of ${session.id}: ${value}`);
    }
  };
  await told('ready');
  const student = await school.expect('GET', `/api/sessions/${session.id}/token`, session.members[0]);
  for (const [name, of] of [['teacher', token], ['student', student.token]]) {
    client.stdin.write(`${JSON.stringify({ do: 'join', as: name, url, token: of })}\n`);
    await told('joined');
  }
  return async () => {
    client.stdin.end();
    const rest = [];
    for await (const line of lines) rest.push(JSON.parse(line));
    return rest.filter(({ event, reason }) => event === 'disconnected' && reason !== LEFT);
  };
}

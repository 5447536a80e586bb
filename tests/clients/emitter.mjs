// @socket.io/redis-emitter as it is, with the Redis client of its document: another back end that reaches our users.
//
//   node emitter.mjs REDIS_URL
//
// Commands: {"rooms": [...], "except": [...], "event": "…", "payload": …}, {"raw": "channel", "base64": "…"}
import { follow, load, report } from './report.mjs';

const [redisUrl] = process.argv.slice(2);
const { createClient } = load('redis');
const { Emitter } = load('@socket.io/redis-emitter');

const redisClient = createClient({ url: redisUrl });
await redisClient.connect();
const emitter = new Emitter(redisClient);
report('connected');

const command = async ({ rooms, except = [], event, payload, raw, base64 }) => {
  if (raw) {
    await redisClient.publish(raw, Buffer.from(base64, 'base64'));
  } else {
    emitter.to(rooms).except(except).emit(event, payload);
  }
  report('sent');
};
await follow(command, async () => redisClient.close());

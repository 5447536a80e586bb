// One process of clients, each with a real library and the way of coming back that its protocol has. Its parent says whom
// to play, and is told what they hear, each thing once for each client.
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@stomp/stompjs';
import { io } from 'socket.io-client';
import SockJS from 'sockjs-client';
import WebSocket from 'ws';
import { NOTIFICATION } from './school.mjs';

globalThis.WebSocket = WebSocket;

const kinds = {
  stomp: (client) => stomp(client, { brokerURL: `${client.url.replace('http', 'ws')}/ws` }),
  sockjs: (client) => stomp(client, { webSocketFactory: () => new SockJS(`${client.url}/ws`, null, { transports: ['xhr-polling'] }) }),
  door,
  socketio,
};

/** A random pause before coming back, or the one that the server asks for. */
const pauseAfter = (reason) => Number(/retry-after-ms=(\d+)/.exec(reason)?.[1] ?? 100 + Math.random() * 2_000);

/** Sessions' topics resume by `last-event-id`; what comes twice is known by its `eventId`. */
function stomp({ inbox, token, session }, transport) {
  let [pause, last] = [0];
  const onMessage = ({ body, headers }) => {
    const { eventId, type, data } = JSON.parse(body);
    if (headers.resume) inbox.complain(`resume: ${headers.resume}`);
    inbox.hear(eventId, type === 'SESSION_UPDATED' ? data.title : undefined);
    last = eventId;
  };
  const client = new Client({
    ...transport,
    connectHeaders: { token },
    reconnectDelay: 1,
    beforeConnect: () => sleep(pause),
    onConnect: () => {
      client.watchForReceipt('subscribed', () => inbox.up());
      client.subscribe(`/topic/sessions/${session}`, onMessage, { receipt: 'subscribed', ...(last && { 'last-event-id': last }) });
    },
    onStompError: ({ headers }) => inbox.complain(`ERROR ${headers.message}`),
    onWebSocketClose: ({ code, reason }) => {
      pause = pauseAfter(reason);
      inbox.down(`${code} ${reason}`);
    },
  });
  client.activate();
}

/** Doors ask for the newest messages when they are back; a message is known by its `messageId`. */
function door(client) {
  const { inbox, token, session, url } = client;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/zoom/${session}?token=${token}`);
  const ask = () => socket.send(JSON.stringify({ event: 'get_recent_chats', payload: {} }));
  const hear = ({ messageId, chatId }) => inbox.hear(messageId, chatId);
  socket.onopen = ask;
  socket.onmessage = ({ data }) => {
    const { event, payload } = JSON.parse(data);
    if (event === 'add_chat') inbox.live(payload, hear);
    if (event === 'get_recent_chats') inbox.up(payload, hear);
    if (event === 'error') inbox.complain(`error ${payload.code}`);
    if (event === 'error' && payload.event === 'get_recent_chats') setTimeout(ask, 1_000);
  };
  socket.onerror = () => {};
  socket.onclose = async ({ code, reason }) => {
    inbox.down(`${code} ${reason}`);
    await sleep(pauseAfter(reason));
    door(client);
  };
}

/** Socket.IO tells live only; what was missed is in the user's list, newest first. */
function socketio({ inbox, token, url, address, transports }) {
  // An address of its own for each, or the proxy would send them all to one node.
  const agent = new Agent({ localAddress: address, keepAlive: true });
  const socket = io(url, { auth: { token }, agent, transports, reconnectionDelay: 500, reconnectionDelayMax: 3_000 });
  const hear = ({ number }) => inbox.hear(number, number);
  socket.on(NOTIFICATION, (payload) => inbox.live(payload, hear));
  socket.on('connect', async () => {
    const { id } = socket;
    while (socket.id === id) {
      const missed = await newestNotifications(url, token);
      if (missed && socket.id === id) return inbox.up(missed.reverse(), hear);
      await sleep(1_000);
    }
  });
  // One who is refused by a packet does not come back by itself.
  socket.on('connect_error', ({ message }) => inbox.complain(socket.active ? 'not reached' : `refused, ${message}`));
  socket.on('disconnect', (reason) => inbox.down(reason));
}

/** None where the server cannot be asked just now. */
async function newestNotifications(url, token) {
  try {
    const answer = await fetch(`${url}/api/notifications?size=100`, {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    });
    const { items } = await answer.json();
    return items?.filter(({ event }) => event === NOTIFICATION).map(({ payload }) => payload);
  } catch {
    return undefined;
  }
}

const nothing = () => ({ heard: [], up: [], down: [], complaints: [], repeats: 0 });
let told = nothing();

/** What one client has heard. */
class Inbox {
  #known = new Set();
  #isUp = false;
  #early = [];

  constructor(index, kind) {
    Object.assign(this, { index, kind });
  }

  /** `key` is the change that it tells of, where it tells of one. */
  hear(id, key) {
    if (this.#known.has(id)) told.repeats += 1;
    else told.heard.push([this.index, id, key, Date.now()]);
    this.#known.add(id);
  }

  /** Something live, which waits while what was missed is still asked for. */
  live(item, hear) {
    if (this.#isUp) hear(item);
    else this.#early.push(item);
  }

  up(missed = [], hear = () => {}) {
    [...missed, ...this.#early.splice(0)].forEach(hear);
    if (!this.#isUp) told.up.push(this.index);
    this.#isUp = true;
  }

  down(why) {
    this.complain(`closed, ${why.replace(/\d+$/, 'N')}`);
    if (this.#isUp) told.down.push(this.index);
    this.#isUp = false;
    this.#early = [];
  }

  complain(what) {
    told.complaints.push(`${this.kind} ${what}`);
  }
}

process.on('message', async (clients) => {
  for (const client of clients) {
    kinds[client.kind]({ ...client, inbox: new Inbox(client.index, client.kind) });
    await sleep(5);
  }
});
process.on('disconnect', () => process.exit(0));

setInterval(() => {
  process.send(told);
  told = nothing();
}, 100);

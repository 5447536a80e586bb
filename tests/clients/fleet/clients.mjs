// One process of clients, each with a real library and the way of coming back that its protocol has. It is told by its
// parent whom to play, and tells what they hear, each thing once for each client.
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@stomp/stompjs';
import { io } from 'socket.io-client';
import SockJS from 'sockjs-client';
import WebSocket from 'ws';
import { NOTIFICATION } from './school.mjs';

globalThis.WebSocket = WebSocket;

const RECENT_PAGE = 100;
const TOLD_EVERY_MS = 100;

const kinds = {
  stomp: (client) => stomp(client, { brokerURL: `${client.url.replace('http', 'ws')}/ws` }),
  sockjs: (client) =>
    stomp(client, { webSocketFactory: () => new SockJS(`${client.url}/ws`, undefined, { transports: ['xhr-polling'] }) }),
  door,
  socketio,
};

/** Sessions' topics resume by `last-event-id`; what comes twice is known by its `eventId`. */
function stomp({ inbox, token, session }, transport) {
  const backOff = new BackOff();
  let last;
  const client = new Client({
    ...transport,
    connectHeaders: { token },
    reconnectDelay: 1,
    beforeConnect: () => backOff.wait(),
    onConnect: () => {
      client.watchForReceipt('subscribed', () => {
        backOff.reset();
        inbox.up();
      });
      const headers = { receipt: 'subscribed', ...(last && { 'last-event-id': last }) };
      client.subscribe(`/topic/sessions/${session}`, (message) => {
        const { eventId, type, data } = JSON.parse(message.body);
        if (message.headers.resume) inbox.complain(`resume: ${message.headers.resume}`);
        inbox.hear(eventId, type === 'SESSION_UPDATED' ? data.title : undefined);
        last = eventId;
      }, headers);
    },
    onStompError: ({ headers }) => inbox.complain(`ERROR ${headers.message}`),
    onWebSocketClose: ({ reason }) => {
      backOff.closed(reason);
      inbox.down();
    },
  });
  client.activate();
}

/** Doors ask for the newest messages when they are back; a message is known by its `messageId`. */
function door({ inbox, token, session, url }) {
  const backOff = new BackOff();
  const open = async () => {
    await backOff.wait();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/zoom/${session}?token=${token}`);
    const ask = () => socket.send(JSON.stringify({ event: 'get_recent_chats', payload: {} }));
    const hear = ({ messageId, chatId }) => inbox.hear(messageId, chatId);
    socket.onopen = ask;
    socket.onmessage = ({ data }) => {
      const { event, payload } = JSON.parse(data);
      if (event === 'add_chat') inbox.live(payload, hear);
      if (event === 'get_recent_chats') {
        backOff.reset();
        inbox.missed(payload, hear);
        inbox.up();
      }
      if (event === 'error') {
        inbox.complain(`error ${payload.code}`);
        if (payload.event === 'get_recent_chats') setTimeout(ask, 1_000);
      }
    };
    socket.onerror = () => {};
    socket.onclose = ({ reason }) => {
      backOff.closed(reason);
      inbox.down();
      open();
    };
  };
  open();
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
      const list = await newestNotifications(url, token);
      if (list && socket.id === id) {
        inbox.missed(list.reverse(), hear);
        return inbox.up();
      }
      await sleep(1_000);
    }
  });
  socket.on('connect_error', ({ message }) => {
    if (!/websocket error|xhr poll error|timeout/.test(message)) inbox.complain(message);
  });
  socket.on('disconnect', () => inbox.down());
}

async function newestNotifications(url, token) {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/notifications?size=${RECENT_PAGE}`, { headers, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) return undefined;
    const { items } = await response.json();
    return items.filter(({ event }) => event === NOTIFICATION).map(({ payload }) => payload);
  } catch {
    return undefined;
  }
}

/** Pauses that are random and grow, or what the server asks for. */
class BackOff {
  #tries = 0;
  #pause = 0;

  closed(reason) {
    const asked = /retry-after-ms=(\d+)/.exec(reason)?.[1];
    this.#pause = asked ? Number(asked) : 100 + Math.random() * Math.min(5_000, 500 * 2 ** this.#tries++);
  }

  reset() {
    this.#tries = 0;
  }

  wait() {
    return sleep(this.#pause);
  }
}

const told = { heard: [], up: [], down: [], complaints: [], repeats: 0 };

/** What one client has heard. */
class Inbox {
  #known = new Set();
  #keys = new Set();
  #isUp = false;
  #early = [];

  constructor(index) {
    this.index = index;
  }

  /** `key` is the change that it tells of, where it tells of one for the first time. */
  hear(id, key) {
    if (this.#known.has(id)) {
      told.repeats += 1;
      return;
    }
    this.#known.add(id);
    told.heard.push([this.index, id, this.#keys.has(key) ? undefined : key, Date.now()]);
    this.#keys.add(key);
  }

  /** Something live, which waits while what was missed is still asked for. */
  live(item, hear) {
    if (this.#isUp) hear(item);
    else this.#early.push(item);
  }

  missed(items, hear) {
    [...items, ...this.#early.splice(0)].forEach(hear);
  }

  up() {
    if (!this.#isUp) told.up.push(this.index);
    this.#isUp = true;
  }

  down() {
    if (this.#isUp) told.down.push(this.index);
    this.#isUp = false;
    this.#early = [];
  }

  complain(what) {
    told.complaints.push(what);
  }
}

process.on('message', async (clients) => {
  for (const client of clients) {
    kinds[client.kind]({ ...client, inbox: new Inbox(client.index) });
    await sleep(5);
  }
});
process.on('disconnect', () => process.exit(0));

setInterval(() => {
  process.send({ ...told });
  Object.assign(told, { heard: [], up: [], down: [], complaints: [], repeats: 0 });
}, TOLD_EVERY_MS);

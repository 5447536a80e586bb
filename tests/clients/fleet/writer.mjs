// Whoever changes things: a steady number of changes a second, in turns over all sessions. Each lane does one change at a
// time and repeats it until it is acknowledged, in the way that has one effect.
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { NOTIFICATION } from './school.mjs';

const CHANGES_PER_S = 50;
/** What every five changes are. */
const TURNS = ['title', 'chat', 'title', 'notification', 'title'];

export class Writer {
  #lanes = { title: [], chat: [], notification: [] };
  #next = { title: 0, chat: 0, notification: 0, turn: 0 };
  #teachers = [];
  #ticking;

  constructor(school, ledger) {
    Object.assign(this, { school, ledger });
    for (const session of school.sessions) {
      const teacher = new Teacher(school.url, session, ledger);
      this.#teachers.push(teacher);
      const audience = (...kinds) => school.clients.filter((client) => client.session === session.id && kinds.includes(client.kind));
      const retitle = (title) => this.#request('PATCH', `/api/sessions/${session.id}`, session.teacher, { title });
      this.#lanes.title.push({ name: `title ${session.id}`, audience: audience('stomp', 'sockjs'), change: retitle });
      this.#lanes.chat.push({ name: `chat ${session.id}`, audience: audience('door'), change: (key) => teacher.say(key) });
      for (const client of audience('socketio')) {
        const notify = (number) => {
          const body = { userId: client.id, event: NOTIFICATION, payload: { number } };
          return this.#request('POST', '/api/notifications', school.admin, body, { 'Idempotency-Key': number });
        };
        this.#lanes.notification.push({ name: `notification ${client.id}`, audience: [client], change: notify });
      }
    }
  }

  /** One change in each lane, from which on everything has to be heard; then the others in turn. */
  async begin() {
    await Promise.all(this.#teachers.map((teacher) => teacher.open()));
    await Promise.all(Object.values(this.#lanes).flat().map((lane) => this.#change(lane)));
    this.#ticking = setInterval(() => this.#tick(), 1_000 / CHANGES_PER_S);
  }

  /** Resolves when everything under way is acknowledged. */
  async stop() {
    clearInterval(this.#ticking);
    while (Object.values(this.#lanes).flat().some(({ busy }) => busy)) await sleep(100);
    this.#teachers.forEach((teacher) => teacher.close());
  }

  /** A lane that still waits for its last change is passed over. */
  #tick() {
    const kind = TURNS[this.#next.turn++ % TURNS.length];
    const lane = this.#lanes[kind][this.#next[kind]++ % this.#lanes[kind].length];
    if (!lane.busy) this.#change(lane);
  }

  async #change(lane) {
    lane.busy = true;
    lane.count = (lane.count ?? 0) + 1;
    const key = `${lane.name} ${lane.count}`;
    this.ledger.asked(key, lane);
    await lane.change(key);
    this.ledger.acknowledged(key);
    lane.busy = false;
  }

  async #request(...what) {
    for (;;) {
      let pause = 0;
      try {
        const answer = await this.school.send(...what);
        await answer.arrayBuffer();
        if (answer.ok) return;
        this.ledger.refused(answer.status);
        pause = 1_000 * Number(answer.headers.get('retry-after'));
      } catch (error) {
        this.ledger.refused(error.cause?.code ?? error.name);
      }
      await sleep(pause + 200 + Math.random() * 500);
    }
  }
}

/** The host at the door: an echo of what was said is its acknowledgement, and the same `chatId` has one effect. */
class Teacher {
  #socket;
  #pending;
  #closing = false;

  constructor(url, { id, teacher }, ledger) {
    Object.assign(this, { address: `${url.replace('http', 'ws')}/ws/zoom/${id}?token=${teacher.token}`, ledger });
  }

  open() {
    return new Promise((resolve) => {
      this.#socket = new WebSocket(this.address);
      this.#socket.onopen = () => resolve(this.#send());
      this.#socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
      this.#socket.onerror = () => {};
      this.#socket.onclose = async () => {
        await sleep(200 + Math.random() * 2_000);
        if (!this.#closing) resolve(this.open());
      };
    });
  }

  close() {
    this.#closing = true;
    this.#socket.close();
  }

  say(chatId) {
    return new Promise((resolve) => {
      this.#pending = { chatId, resolve };
      this.#send();
    });
  }

  #send() {
    if (!this.#pending || this.#socket.readyState !== WebSocket.OPEN) return;
    const { chatId } = this.#pending;
    this.#socket.send(JSON.stringify({ event: 'add_chat', payload: { chatId, chatContent: chatId } }));
  }

  #heard({ event, payload }) {
    if (event === 'add_chat' && payload.chatId === this.#pending?.chatId) {
      this.#pending.resolve();
      this.#pending = undefined;
    }
    if (event === 'error' && payload.event === 'add_chat') {
      this.ledger.refused(payload.code === 'unavailable' ? 503 : payload.code);
      setTimeout(() => this.#send(), 500 + Math.random() * 500);
    }
  }
}

// What was asked, acknowledged and heard, and the judgement over it.
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from './school.mjs';

export class Ledger {
  /** By key: the lane it is of, who is to hear it, when it was acknowledged, and when the last one of each kind heard it. */
  #changes = new Map();
  #up = new Set();
  #heard;
  phases = [];
  complaints = new Map();
  repeats = 0;
  deliveries = 0;

  constructor(clients) {
    this.clients = clients;
    this.#heard = clients.map(() => []);
  }

  begin(name) {
    this.phases.push({ name, gaps: {}, reconnects: 0, refused: 0, failed: 0, changes: 0 });
  }

  get #phase() {
    return this.phases.at(-1);
  }

  asked(key, lane, audience) {
    this.#changes.set(key, { lane, audience, left: audience.length, last: {} });
  }

  acknowledged(key) {
    Object.assign(this.#changes.get(key), { acknowledged: Date.now(), phase: this.#phase });
    this.#phase.changes += 1;
  }

  refused(status, code) {
    if (status === 503) this.#phase.refused += 1;
    else this.#phase.failed += 1;
    this.#complain(`write: ${status} ${code}`);
  }

  /** What a process of clients tells. */
  told({ heard, up, down, complaints, repeats }) {
    for (const [index, id, key, at] of heard) {
      this.#heard[index].push(id);
      const [change, { kind }] = [this.#changes.get(key), this.clients[index]];
      if (!change) continue;
      change.left -= 1;
      change.last[kind] = Math.max(at, change.last[kind] ?? 0);
    }
    this.deliveries += heard.length;
    this.repeats += repeats;
    for (const index of down) this.#up.delete(index);
    for (const index of up) this.#up.add(index);
    this.#phase.reconnects += up.length;
    complaints.forEach((what) => this.#complain(what));
  }

  #complain(what) {
    const line = `${this.#phase.name}: ${what}`;
    this.complaints.set(line, (this.complaints.get(line) ?? 0) + 1);
  }

  async allUp(patienceMs) {
    const end = Date.now() + patienceMs;
    while (this.#up.size < this.clients.length && Date.now() < end) await sleep(100);
    const missing = this.clients.filter(({ index }) => !this.#up.has(index)).map(({ id }) => id);
    if (missing.length) throw new Error(`${missing.length} clients are not there: ${missing.slice(0, 5)} …`);
  }

  /** Everybody is connected and has heard everything that is acknowledged by then. */
  async upToDate(patienceMs) {
    await this.allUp(patienceMs);
    const open = [...this.#changes.values()].filter(({ acknowledged, left }) => acknowledged && left > 0);
    const end = Date.now() + patienceMs;
    while (open.some(({ left }) => left > 0) && Date.now() < end) await sleep(100);
  }

  /** Compares everything heard with everything stored, and what is stored with what was acknowledged. */
  async judge(school) {
    for (const { acknowledged, phase, last } of this.#changes.values()) {
      for (const [kind, at] of Object.entries(last)) phase.gaps[kind] = Math.max(phase.gaps[kind] ?? 0, at - acknowledged);
    }
    const verdict = { lost: 0, reordered: 0, repeated: 0, notes: [] };
    const lanes = new Map();
    for (const [key, { lane }] of this.#changes) lanes.set(lane, [...(lanes.get(lane) ?? []), key]);
    const stored = async (lane, items, id, key, kinds, whose) => {
      const acknowledged = lanes.get(lane);
      const first = items.findIndex((item) => key(item) === acknowledged[0]);
      const since = items.slice(Math.max(0, first));
      compare(verdict, `stored, ${lane}`, since.map(key).filter((one) => one !== undefined), acknowledged);
      const ids = since.map(id);
      for (const client of this.clients.filter((one) => kinds.includes(one.kind) && whose(one))) {
        const heard = this.#heard[client.index];
        compare(verdict, client.id, heard.slice(Math.max(0, heard.indexOf(ids[0]))), ids);
      }
    };
    await inParallel(school.sessions, async (session) => {
      const ours = (client) => client.session === session.id;
      const events = await school.eventsOf(session);
      const wrong = events.findIndex(({ sequence }, at) => sequence !== at + 1);
      if (wrong >= 0) verdict.notes.push(`${session.id}: sequence ${events[wrong].sequence} at ${wrong + 1}`);
      // Others show the title of then; nobody updates anything but titles here.
      const title = ({ type, data }) => (type === 'SESSION_UPDATED' ? data.title : undefined);
      await stored(`title ${session.id}`, events, ({ eventId }) => eventId, title, ['stomp', 'sockjs'], ours);
      const messages = await school.messagesOf(session);
      await stored(`chat ${session.id}`, messages, ({ messageId }) => messageId, ({ chatId }) => chatId, ['door'], ours);
    });
    await inParallel(this.clients.filter(({ kind }) => kind === 'socketio'), async (client) => {
      const number = ({ payload }) => payload.number;
      const items = await school.notificationsOf(client);
      await stored(`notification ${client.id}`, items, number, number, ['socketio'], ({ id }) => id === client.id);
    });
    return verdict;
  }
}

function compare(verdict, whose, found, wanted) {
  const [has, wants] = [new Set(found), new Set(wanted)];
  const lost = wanted.filter((id) => !has.has(id));
  const strange = found.filter((id) => !wants.has(id)).length;
  const repeated = found.length - has.size + strange;
  const inOrder = lost.length + repeated > 0 || found.every((id, at) => id === wanted[at]);
  verdict.lost += lost.length;
  verdict.repeated += repeated;
  if (!inOrder) verdict.reordered += 1;
  if (lost.length || repeated || !inOrder) {
    verdict.notes.push(`${whose}: ${lost.length} of ${wanted.length} lost (${lost[0] ?? ''}), ${repeated} repeated, in order: ${inOrder}`);
  }
}

// What was asked, acknowledged and heard, and the judgement over it.
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from './school.mjs';

export class Ledger {
  /** By key: the lane it is of, how many have still to hear it, when it was acknowledged, and when the last of each kind heard it. */
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

  asked(key, { name, audience }) {
    this.#changes.set(key, { lane: name, left: audience.length, last: {} });
  }

  acknowledged(key) {
    Object.assign(this.#changes.get(key), { acknowledged: Date.now(), phase: this.#phase });
    this.#phase.changes += 1;
  }

  /** A change that was answered with that status, or not at all. */
  refused(why) {
    this.#phase[why === 503 ? 'refused' : 'failed'] += 1;
    this.#complain(`a write: ${why}`);
  }

  /** What a process of clients tells. */
  told({ heard, up, down, complaints, repeats }) {
    for (const [index, id, key, at] of heard) {
      this.#heard[index].push(id);
      const change = this.#changes.get(key);
      if (!change) continue;
      const { kind } = this.clients[index];
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
    for (const end = Date.now() + patienceMs; this.#up.size < this.clients.length && Date.now() < end; ) await sleep(100);
    const missing = this.clients.filter(({ index }) => !this.#up.has(index)).map(({ id }) => id);
    if (missing.length) {
      console.error([...this.complaints].map(([what, times]) => `${times} x ${what}`).join('\n'));
      throw new Error(`${missing.length} clients are not there: ${missing.slice(0, 5)} …`);
    }
  }

  /** Everybody is connected and has heard everything that is acknowledged by then; what is still missing is judged later. */
  async upToDate(patienceMs) {
    await this.allUp(patienceMs);
    const open = [...this.#changes.values()].filter(({ acknowledged }) => acknowledged);
    for (const end = Date.now() + patienceMs; open.some(({ left }) => left > 0) && Date.now() < end; ) await sleep(100);
  }

  /** Compares what is stored with what was acknowledged, and everything heard with everything stored. */
  async judge(school) {
    const verdict = { lost: 0, reordered: 0, repeated: 0, notes: [] };
    const lanes = new Map();
    for (const [key, { acknowledged, phase, lane, last }] of this.#changes) {
      lanes.set(lane, [...(lanes.get(lane) ?? []), key]);
      for (const [kind, at] of Object.entries(last)) phase.gaps[kind] = Math.max(phase.gaps[kind] ?? 0, at - acknowledged);
    }
    const check = (lane, stored, idOf, keyOf, clients) => {
      const first = stored.findIndex((item) => keyOf(item) === lanes.get(lane)[0]);
      const since = stored.slice(Math.max(0, first));
      compare(verdict, `stored, ${lane}`, since.map(keyOf).filter((key) => key !== undefined), lanes.get(lane));
      const ids = since.map(idOf);
      for (const { id, index } of clients) {
        const heard = this.#heard[index];
        compare(verdict, id, heard.slice(Math.max(0, heard.indexOf(ids[0]))), ids);
      }
    };
    const titleOf = ({ type, data }) => (type === 'SESSION_UPDATED' ? data.title : undefined);
    const numberOf = ({ payload }) => payload.number;
    await inParallel(school.sessions, async (session) => {
      const who = (...kinds) => this.clients.filter((client) => client.session === session.id && kinds.includes(client.kind));
      const [events, messages] = [await school.eventsOf(session), await school.messagesOf(session)];
      compare(verdict, `sequence, ${session.id}`, events.map(({ sequence }) => sequence), events.map((_, at) => at + 1));
      check(`title ${session.id}`, events, ({ eventId }) => eventId, titleOf, who('stomp', 'sockjs'));
      check(`chat ${session.id}`, messages, ({ messageId }) => messageId, ({ chatId }) => chatId, who('door'));
      for (const client of who('socketio')) {
        check(`notification ${client.id}`, await school.notificationsOf(client), numberOf, numberOf, [client]);
      }
    });
    return verdict;
  }
}

function compare(verdict, whose, found, wanted) {
  const [has, wants] = [new Set(found), new Set(wanted)];
  const lost = wanted.filter((id) => !has.has(id));
  const repeated = found.length - has.size + found.filter((id) => !wants.has(id)).length;
  const reordered = lost.length + repeated === 0 && found.some((id, at) => id !== wanted[at]) ? 1 : 0;
  verdict.lost += lost.length;
  verdict.repeated += repeated;
  verdict.reordered += reordered;
  if (lost.length + repeated + reordered) {
    verdict.notes.push(`${whose}: of ${wanted.length} lost ${lost.length} (${lost[0] ?? ''}), repeated ${repeated}, out of order ${reordered}`);
  }
}

// Who takes part, and what they do by REST: tokens as a host platform makes them, and for each group one class with a
// running session.
import { createHmac } from 'node:crypto';

/** The event of the notifications that the writer sends. */
export const NOTIFICATION = 'fleet:change';

/** How the members of a group are spread. */
const SPREAD = { stomp: 8, sockjs: 4, door: 5, socketio: 3 };
const TOKEN_LIFE_S = 6 * 3_600;
const AT_ONCE = 20;
const PATIENCE_MS = 15_000;

export class School {
  sessions = [];
  clients = [];

  constructor(url, secret) {
    Object.assign(this, { url, secret });
    this.admin = this.#person('admin', ['admin']);
  }

  #person(sub, roles = []) {
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iat = Math.floor(Date.now() / 1_000);
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub, name: sub, roles, iat, exp: iat + TOKEN_LIFE_S })}`;
    return { id: sub, token: `${signed}.${createHmac('sha256', this.secret).update(signed).digest('base64url')}` };
  }

  /** One request; throws where there is no answer. */
  send(method, path, { token }, body, headers = {}) {
    const all = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers };
    return fetch(this.url + path, { method, headers: all, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  /** What a request is answered that has to succeed. */
  async expect(method, path, person, body) {
    const answer = await this.send(method, path, person, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async open(groups) {
    await inParallel(Array.from({ length: groups }, (_, group) => group), (group) => this.#openGroup(group));
  }

  async #openGroup(group) {
    const teacher = this.#person(`teacher-${group}`, ['teacher']);
    const members = Object.entries(SPREAD).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, number) => ({ kind, ...this.#person(`${kind}-${group}-${number}`) })));
    for (const person of [teacher, ...members]) await this.expect('GET', '/api/users/me', person);
    const course = await this.expect('POST', '/api/classes', teacher, { name: `Class ${group}` });
    await this.expect('POST', `/api/classes/${course.id}/students`, teacher, { userIds: members.map(({ id }) => id) });
    const form = { classId: course.id, title: 'new', type: 'LECTURE', scheduledAt: new Date().toISOString() };
    const { id: session } = await this.expect('POST', '/api/sessions', teacher, form);
    await this.expect('POST', `/api/sessions/${session}/start`, teacher);
    this.sessions.push({ id: session, teacher, members });
    for (const [number, member] of members.entries()) {
      const address = `127.0.${1 + group}.${1 + number}`;
      const transports = number % 2 ? ['polling'] : ['polling', 'websocket'];
      this.clients.push({ ...member, index: this.clients.length, session, address, transports, url: this.url });
    }
  }

  /** Everything that is stored of a session's topic, oldest first, as all of these. */
  async eventsOf({ id, teacher }) {
    return this.#pages(teacher, (all) => `/api/sessions/${id}/events?limit=100&after=${all.at(-1)?.sequence ?? 0}`, (all, page) => [...all, ...page]);
  }

  async messagesOf({ id, teacher }) {
    const before = (all) => (all.length ? `&before=${all[0].messageId}` : '');
    return this.#pages(teacher, (all) => `/api/sessions/${id}/messages?limit=100${before(all)}`, (all, page) => [...page, ...all]);
  }

  async notificationsOf(person) {
    const path = (all) => `/api/notifications?size=100&page=${all.length / 100}`;
    const all = await this.#pages(person, path, (all, page) => [...page.reverse(), ...all]);
    return all.filter(({ event }) => event === NOTIFICATION);
  }

  async #pages(person, path, join) {
    for (let all = []; ; ) {
      const { items, hasMore, total } = await this.expect('GET', path(all), person);
      all = join(all, items);
      if (!(hasMore ?? all.length < total)) return all;
    }
  }
}

/** Does something for each, some at once. */
export async function inParallel(items, work) {
  const queue = [...items];
  const worker = async () => {
    while (queue.length) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

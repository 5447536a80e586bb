// Who takes part, and what they do by REST: tokens as a host platform makes them, one class and one running session
// for each group.
import { createHmac } from 'node:crypto';

/** The event of the notifications that the writer sends. */
export const NOTIFICATION = 'fleet:change';

/** How the members of a group are spread. */
const SPREAD = { stomp: 8, sockjs: 4, door: 5, socketio: 3 };
const TOKEN_LIFE_S = 6 * 3_600;
const AT_ONCE = 20;
const PATIENCE_MS = 15_000;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(secret, sub, roles = []) {
  const iat = Math.floor(Date.now() / 1_000);
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub, name: sub, roles, iat, exp: iat + TOKEN_LIFE_S })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export class School {
  constructor(url, secret) {
    this.url = url;
    this.admin = { id: 'admin', token: tokenOf(secret, 'admin', ['admin']) };
    this.secret = secret;
    this.sessions = [];
    this.clients = [];
  }

  /** One request; the answer, whatever its status. Throws where there is none. */
  async send(method, path, { token }, body, headers = {}) {
    const all = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(this.url + path, { method, headers: all, body: body && JSON.stringify(body), signal });
    const text = await response.text();
    const body_ = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
    return { status: response.status, body: body_, retryAfter: Number(response.headers.get('retry-after') ?? 0) };
  }

  async expect(method, path, person, body) {
    const answer = await this.send(method, path, person, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async open(groups) {
    await inParallel(Array.from({ length: groups }, (_, group) => group), (group) => this.#openGroup(group));
  }

  async #openGroup(group) {
    const teacher = { id: `teacher-${group}`, token: tokenOf(this.secret, `teacher-${group}`, ['teacher']) };
    const members = Object.entries(SPREAD).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, number) => {
        const id = `${kind}-${group}-${number}`;
        return { id, kind, token: tokenOf(this.secret, id) };
      }));
    for (const person of [teacher, ...members]) await this.expect('GET', '/api/users/me', person);
    const course = await this.expect('POST', '/api/classes', teacher, { name: `Class ${group}` });
    await this.expect('POST', `/api/classes/${course.id}/students`, teacher, { userIds: members.map(({ id }) => id) });
    const form = { classId: course.id, title: 'new', type: 'LECTURE', scheduledAt: new Date().toISOString() };
    const { id: session } = await this.expect('POST', '/api/sessions', teacher, form);
    await this.expect('POST', `/api/sessions/${session}/start`, teacher);
    this.sessions.push({ id: session, teacher, members });
    for (const [number, member] of members.entries()) {
      const index = this.clients.length;
      const address = `127.0.${1 + (group % 250)}.${1 + number}`;
      const transports = number % 2 ? ['polling'] : ['polling', 'websocket'];
      this.clients.push({ ...member, index, session, address, transports, url: this.url });
    }
  }

  /** Everything that is stored of a session's topic, in order. */
  async eventsOf({ id, teacher }) {
    const all = [];
    for (let more = true; more; ) {
      const page = await this.expect('GET', `/api/sessions/${id}/events?limit=100&after=${all.at(-1)?.sequence ?? 0}`, teacher);
      all.push(...page.items);
      more = page.hasMore;
    }
    return all;
  }

  async messagesOf({ id, teacher }) {
    const all = [];
    for (let more = true; more; ) {
      const before = all.length ? `&before=${all[0].messageId}` : '';
      const page = await this.expect('GET', `/api/sessions/${id}/messages?limit=100${before}`, teacher);
      all.unshift(...page.items);
      more = page.hasMore;
    }
    return all;
  }

  async notificationsOf(person) {
    const all = [];
    for (let page = 0, more = true; more; page += 1) {
      const { items, total } = await this.expect('GET', `/api/notifications?size=100&page=${page}`, person);
      all.unshift(...items.reverse());
      more = all.length < total && items.length > 0;
    }
    return all.filter(({ event }) => event === NOTIFICATION);
  }
}

/** Does something for each, some at once. */
export async function inParallel(items, work) {
  const queue = [...items];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (queue.length) await work(queue.shift());
  }));
}

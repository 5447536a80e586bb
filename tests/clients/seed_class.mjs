// A client of live classes by its document: the calls of its session API under their names and with their bodies, the
// token in the query of the connection, and the actions that the document has its back end take.
//
//   node seed_class.mjs HOST:PORT TOKEN
import { follow, load, report } from './report.mjs';

const [address, token] = process.argv.slice(2);
const WebSocket = load('ws');
let socket;

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const response = await fetch(`http://${address}/api${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

const sessionsApi = {
  createSession: (data) => call('POST', '/sessions', data),
  listSessions: (filters) => call('GET', `/sessions?${new URLSearchParams(filters)}`),
  getSessionDetails: (sessionId) => call('GET', `/sessions/${sessionId}`),
  startSession: (sessionId) => call('POST', `/sessions/${sessionId}/start`),
  endSession: (sessionId) => call('POST', `/sessions/${sessionId}/end`),
  async connectToSession(sessionId, jwt = token) {
    const { body } = await this.getSessionDetails(sessionId);
    const opening = new WebSocket(`${body.websocketUrl}?token=${jwt}`);
    opening.onmessage = (message) => report('heard', JSON.parse(message.data));
    opening.onclose = ({ code }) => report('closed', { code });
    await new Promise((resolve, reject) => {
      opening.onopen = resolve;
      opening.onerror = ({ message }) => reject(new Error(message));
    });
    socket = opening;
  },
  async sendMessage(message) {
    socket.send(JSON.stringify({ action: 'sendMessage', ...message }));
  },
  async raiseHand(sessionId) {
    socket.send(JSON.stringify({ action: 'raiseHand', sessionId }));
  },
  async lowerHand(sessionId) {
    socket.send(JSON.stringify({ action: 'lowerHand', sessionId }));
  },
};

await follow(async ({ call: name, with: given }) => {
  try {
    const answer = await sessionsApi[name](...given);
    if (answer) report('answered', answer);
  } catch (error) {
    report('refused', { reason: error.message });
  }
}, async () => socket?.close());

// @stomp/stompjs 7 as it is, over the WebSocket of ws. It comes back by itself, with a token that it fetches anew.
//
//   node stompjs7.mjs URL TOKEN DESTINATION...
import { follow, load, report } from './report.mjs';

const [url, token, ...destinations] = process.argv.slice(2);
Object.assign(globalThis, { WebSocket: load('ws') });
const { Client } = load('@stomp/stompjs');

const client = new Client({
  brokerURL: url,
  connectHeaders: { token },
  reconnectDelay: 100,
  heartbeatIncoming: 1000,
  heartbeatOutgoing: 1000,
  onConnect: (frame) => {
    report('connected', { version: frame.headers.version, heartBeat: frame.headers['heart-beat'] });
    client.watchForReceipt('all', () => report('subscribed'));
    destinations.forEach((destination, at) => {
      const last = at === destinations.length - 1;
      client.subscribe(
        destination,
        (message) => {
          message.ack();
          report('message', { destination, message: JSON.parse(message.body) });
        },
        { ack: 'client-individual', ...(last ? { receipt: 'all' } : {}) },
      );
    });
  },
  onStompError: (frame) => report('refused', { code: frame.headers.message, body: frame.body }),
  onWebSocketClose: (event) => report('closed', { code: event.code, reason: event.reason }),
});
client.activate();

await follow(async () => {}, () => client.deactivate());

// The SockJS and Stomp lines of the document that clients were written by, with stompjs 2 and sockjs-client as they are.
// Only the token in the connect headers was added, as the document says, and the receipt that tells that both
// subscriptions hold.
//
//   node seed_sockjs.mjs URL TOKEN SESSION USER [TRANSPORT]
import { follow, load, report } from './report.mjs';

const [url, token, sessionId, userId, transport] = process.argv.slice(2);
const SockJS = load('sockjs-client');
const Stomp = load('stompjs');

const socket = new SockJS(url, undefined, transport ? { transports: [transport] } : undefined);
const stompClient = Stomp.over(socket);
stompClient.debug = null;
stompClient.onreceipt = () => report('subscribed', { transport: socket.transport });

stompClient.connect({ Authorization: `Bearer ${token}` }, function (frame) {
  report('connected', { version: frame.headers.version });
  // Subscribe to session updates
  stompClient.subscribe('/topic/sessions/' + sessionId, function (message) {
    const event = JSON.parse(message.body);
    report('session', { message: event });
  });
  // Subscribe to user updates
  stompClient.subscribe('/topic/users/' + userId + '/sessions', function (message) {
    const event = JSON.parse(message.body);
    report('user', { message: event });
  }, { receipt: 'both' });
}, (error) => report('closed', { reason: String(error?.headers?.message ?? error) }));

await follow(async () => {});

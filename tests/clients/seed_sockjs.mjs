// The SockJS and Stomp lines of the document that clients were written by, with stompjs 2 and sockjs-client as they are.
// Only the token in the connect headers was added, as the document says, and the receipt that tells that both
// subscriptions hold.
// Transports that need a page run in a Chromium without a display, on a page of the server; those in iframes on one of
// another origin, for which localhost stands.
//
//   node seed_sockjs.mjs URL TOKEN SESSION USER [TRANSPORT]
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { follow, load, report } from './report.mjs';

/** What the document says; it knows only the globals that a page has. */
function listen([url, token, sessionId, userId, transport]) {
  const { SockJS, Stomp, tell } = globalThis;
  const socket = new SockJS(url, undefined, transport ? { transports: [transport] } : undefined);
  const stompClient = Stomp.over(socket);
  stompClient.debug = null;
  stompClient.onreceipt = () => tell('subscribed', { transport: socket.transport });

  stompClient.connect({ Authorization: `Bearer ${token}` }, function (frame) {
    tell('connected', { version: frame.headers.version });
    // Subscribe to session updates
    stompClient.subscribe('/topic/sessions/' + sessionId, function (message) {
      const event = JSON.parse(message.body);
      tell('session', { message: event });
    });
    // Subscribe to user updates
    stompClient.subscribe('/topic/users/' + userId + '/sessions', function (message) {
      const event = JSON.parse(message.body);
      tell('user', { message: event });
    }, { receipt: 'both' });
  }, (error) => tell('closed', { reason: String(error?.headers?.message ?? error) }));
}

async function listenInBrowser(parameters) {
  const [url, , , , transport] = parameters;
  const { chromium } = load('playwright-core');
  const read = (library, path) => readFile(join(dirname(load.resolve(`${library}/package.json`)), path), 'utf8');
  const [sockjs, stomp] = [await read('sockjs-client', 'dist/sockjs.js'), await read('stompjs', 'lib/stomp.js')];
  const browser = await chromium.launch({
    executablePath: process.env.TEST_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage();
  // Where a proxy in front would have it.
  await page.route('**/sockjs.min.js', (route) => route.fulfill({ contentType: 'text/javascript', body: sockjs }));
  await page.exposeFunction('tell', report);
  await page.goto(transport.startsWith('iframe-') ? url.replace('127.0.0.1', 'localhost') : url);
  await page.addScriptTag({ content: sockjs });
  await page.addScriptTag({ content: stomp });
  await page.evaluate(listen, parameters);
  return () => browser.close();
}

const parameters = process.argv.slice(2);
const transport = parameters[4] ?? '';
let close;
if (['htmlfile', 'jsonp-polling'].includes(transport) || transport.startsWith('iframe-')) {
  close = await listenInBrowser(parameters);
} else {
  Object.assign(globalThis, { SockJS: load('sockjs-client'), Stomp: load('stompjs'), tell: report });
  listen(parameters);
}
await follow(async () => {}, close);

// sockjs-client as it is, in a Chromium, over each of the transports that only browsers have.
//
//   node chromium_sockjs.mjs URL SCRIPT_URL PAGE_PORT TOKEN USER TRANSPORT...
//
// Each says `over` with what STOMP answered, on a page of another origin at PAGE_PORT of localhost. SCRIPT_URL, which the server was given, is answered with the client that is installed.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { follow, load, report } from './report.mjs';

const [url, scriptUrl, pagePort, token, userId, ...transports] = process.argv.slice(2);
const { chromium } = load('playwright-core');
const library = await readFile(join(dirname(load.resolve('sockjs-client/package.json')), 'dist', 'sockjs.min.js'), 'utf8');

const browser = await chromium.launch({ executablePath: process.env.TEST_CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
await page.route(scriptUrl, (route) => route.fulfill({ contentType: 'application/javascript', body: library }));
const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><body></body>'));
await new Promise((resolve) => site.listen(Number(pagePort), '127.0.0.1', resolve));

for (const transport of transports) {
  // The greeting is a page of the server without a policy of its own; only htmlfile has to have one of the same origin.
  await page.goto(transport === 'htmlfile' ? url : `http://localhost:${pagePort}/`);
  await page.addScriptTag({ content: library });
  const heard = await page.evaluate(
    ([url, token, userId, transport]) =>
      new Promise((resolve) => {
        const socket = new globalThis.SockJS(url, undefined, { transports: [transport] });
        const heard = [];
        let over = null;
        const end = (how) => resolve({ transport: over, heard, how });
        setTimeout(() => end('late'), 20_000);
        socket.onopen = () => {
          over = socket.transport;
          socket.send(`CONNECT\naccept-version:1.2\ntoken:${token}\n\n\0`);
        };
        socket.onmessage = ({ data }) => {
          heard.push(data.split('\n')[0]);
          if (data.startsWith('CONNECTED')) {
            socket.send(`SUBSCRIBE\nid:<é\u2028>\ndestination:/topic/users/${userId}/sessions\nreceipt:</script>\n\n\0`);
          } else if (data.startsWith('RECEIPT')) {
            heard.push(data.split('\n')[1]);
            socket.send('DISCONNECT\n\n\0');
          }
        };
        socket.onclose = ({ code, reason }) => end(`${code} ${reason}`);
      }),
    [url, token, userId, transport],
  );
  report('over', heard);
}
await follow(
  async () => {},
  async () => {
    site.close();
    await browser.close();
  },
);

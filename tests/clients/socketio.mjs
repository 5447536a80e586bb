// socket.io-client 4 as it is, with the lines of the document that earlier clients were written by.
//
//   node socketio.mjs URL TOKEN polling|websocket|upgrade      TOKEN - is none
import { follow, load, report } from './report.mjs';

const [serverUrl, userJwtToken, mode] = process.argv.slice(2);
const { io } = load('socket.io-client');
const transports = mode === 'upgrade' ? ['polling', 'websocket'] : [mode];

const socket = io(serverUrl, {
  auth: userJwtToken === '-' ? {} : { token: userJwtToken },
  transports,
  reconnectionDelay: 100,
});

socket.on('analysis:completed', (data) => {
  report('completed', { data });
});
// Connected, and on the transport that it stays on.
const settled = () => {
  const transport = socket.io.engine.transport.name;
  if (socket.connected && (mode !== 'upgrade' || transport === 'websocket')) report('settled', { transport });
};
socket.io.on('open', () => socket.io.engine.on('upgrade', settled));
socket.on('connect', settled);
socket.on('connect_error', (error) => report('refused', { reason: error.message }));
socket.on('disconnect', (reason) => report('disconnected', { reason }));
socket.onAny((name, data) => report('heard', { name, data }));

await follow(async () => {}, async () => socket.disconnect());

// The WebSocket lines of the document that room clients were written by, as they stand there. Only the host and the port
// were replaced by those of the server under test, and what is sent waits for the connection.
//
//   node seed_room.mjs HOST:PORT TOKEN
import { follow, load, report } from './report.mjs';

const [address, jwt] = process.argv.slice(2);
const WebSocket = load('ws');
const getJWTToken = () => jwt;

// Client-side WebSocket connection
const token = getJWTToken();
const ws = new WebSocket(`ws://localhost:8080/ws/chat/room123?token=${token}`.replace('localhost:8080', address));

ws.onopen = () => report('open');
ws.onmessage = (message) => {
  const { event, payload } = JSON.parse(message.data);
  report('heard', { name: event, payload });
};
ws.onclose = ({ code }) => report('closed', { code });

const documented = {
  chat() {
    // Send chat message
    ws.send(JSON.stringify({
        event: "add_chat",
        payload: {
            clientId: "user123",
            displayName: "John Doe",
            chatId: "msg456",
            timestamp: Date.now(),
            chatContent: "Hello everyone!"
        }
    }));
  },
  accept() {
    // Host accepts waiting user
    ws.send(JSON.stringify({
        event: "accept_waiting",
        payload: {
            clientId: "waitingUser",
            displayName: "Jane Smith"
        }
    }));
  },
};

await follow(async (command) => documented[command.do](), async () => ws.close());

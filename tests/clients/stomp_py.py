"""stomp.py as it is, through its WebSocket adapter. Says in JSON lines what happens, and ends with its input.

    python stomp_py.py HOST PORT TOKEN DESTINATION...
"""

import json
import sys
import threading

import stomp

host, port, token, *destinations = sys.argv[1:]
lock = threading.Lock()


def report(event, **more):
    with lock:
        print(json.dumps({"event": event, **more}), flush=True)


class Listener(stomp.ConnectionListener):
    def on_connected(self, frame):
        report("connected", version=frame.headers.get("version"))

    def on_receipt(self, frame):
        report("subscribed", receipt=frame.headers["receipt-id"])

    def on_message(self, frame):
        report("message", destination=frame.headers["destination"], message=json.loads(frame.body))

    def on_error(self, frame):
        report("refused", code=frame.headers.get("message"), body=frame.body)

    def on_disconnected(self):
        report("closed")


connection = stomp.WSStompConnection([(host, int(port))], ws_path="/ws", heartbeats=(2000, 2000))
connection.set_listener("", Listener())
connection.connect(wait=True, headers={"token": token})
for number, destination in enumerate(destinations):
    last = {"receipt": "all"} if number == len(destinations) - 1 else {}
    connection.subscribe(destination=destination, id=str(number), ack="auto", headers=last)

sys.stdin.read()
connection.disconnect()

"""python-socketio as it is. Says in JSON lines what happens, and ends with its input.

    python socketio_py.py URL TOKEN polling|websocket|upgrade      TOKEN - is none
"""

import json
import sys
import threading

import socketio

url, token, mode = sys.argv[1:]
lock = threading.Lock()


def report(event, **more):
    with lock:
        print(json.dumps({"event": event, **more}), flush=True)


client = socketio.Client(reconnection=False)
client.on("connect", lambda: report("connected", transport=client.transport()))
client.on("connect_error", lambda data: report("refused", reason=data["message"]))
client.on("*", lambda name, data: report("heard", name=name, data=data))

transports = None if mode == "upgrade" else [mode]
try:
    client.connect(url, auth={} if token == "-" else {"token": token}, transports=transports)
except socketio.exceptions.ConnectionError:
    pass
else:
    report("settled", transport=client.transport())
    sys.stdin.read()
    client.disconnect()

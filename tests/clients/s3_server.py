"""An S3 server with one bucket, `files`. Says in JSON lines where it is and, asked by a line, what it has.

    python s3_server.py
"""

import json
import sys
import threading

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
s3 = boto3.client(
    "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
)
s3.create_bucket(Bucket="files")
print(json.dumps({"event": "ready", "url": url}), flush=True)
for _ in sys.stdin:
    objects = s3.list_objects_v2(Bucket="files").get("Contents", [])
    uploads = s3.list_multipart_uploads(Bucket="files").get("Uploads", [])
    names = [[item["Key"], item["Size"]] for item in objects]
    print(json.dumps({"event": "kept", "objects": names, "uploads": len(uploads)}), flush=True)

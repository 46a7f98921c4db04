"""Sends one message of so many bytes with RudderStack's own Python client, and prints its id.

    send_large.py HOST KEY PERSON BYTES
"""

import json
import sys

from rudderstack.analytics import Client

host, key, person, size = sys.argv[1:]
errors: list[str] = []
client = Client(key, host=host, on_error=lambda error, batch: errors.append(repr(error)))
queued, message = client.track(person, "Document Saved", {"text": ""})
room = int(size) - len(json.dumps(message, default=str))
queued, message = client.track(person, "Document Saved", {"text": "x" * room})
assert queued and len(json.dumps(message, default=str)) == int(size)
client.shutdown()
json.dump({"sent": message["messageId"], "errors": errors}, sys.stdout)

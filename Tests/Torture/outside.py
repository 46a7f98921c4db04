"""The systems around a hub that is hurt: one receives its webhooks, another writes what happens there into a file.

They do not share the hub's fate: they go on while services die, and keep what they have when the hub's disk does not.
"""

import base64
import itertools
import json
import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SOURCE, DESTINATION = "till", "crm"
#: What sets off the rule `bought`; the rule `newcomer` is set off by whoever is new.
BOUGHT = "Item Bought"

CONFIGURATION = """\
sources:
  - name: {source}
    type: ndjson
    path: {path}
    interval: 200ms
    mapping:
      event: Item Returned
      messageId: number
      userId: customer
      properties: {{total: total}}
destinations:
  - name: {destination}
    type: webhook
    url: {url}
    secret: whsec_{secret}
    allow: [127.0.0.0/8]
    retryFirst: 50ms
    retryLongest: 500ms
rules:
  - name: bought
    on: {{event: {bought}}}
    to: {destination}
    webhook: {{body: {{rule: "{{{{rule}}}}", who: "{{{{identifier.value}}}}", event: "{{{{event.messageId}}}}"}}}}
  - name: newcomer
    on: {{firstSeen: true}}
    to: {destination}
    webhook: {{body: {{rule: "{{{{rule}}}}", who: "{{{{identifier.value}}}}", event: "{{{{event.messageId}}}}"}}}}
"""

#: A line takes a fixed share of a page, so that who reads while it is written sees all of it or nothing.
LINE = 256


class Outside:
    """Both systems, and the configuration by which a hub knows them.

    - ``messages`` has what came in by webhook: the ids under which each message came.
    - ``write`` adds a line to the file; once it returns, the line is to have its effect.
    """

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.file = open(folder / "returns.ndjson", "ab", buffering=0)
        self.messages: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True

    def __enter__(self) -> "Outside":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.file.close()

    @property
    def configuration(self) -> str:
        return CONFIGURATION.format(
            source=SOURCE, destination=DESTINATION, bought=BOUGHT, path=self.file.name,
            url=f"http://127.0.0.1:{self.server.server_port}/hook", secret=base64.b64encode(b"torture " * 4).decode())

    def write(self, customer: str, number: str):
        line = json.dumps({"number": number, "customer": customer, "total": 2.1}).encode()
        with self.lock:
            self.file.write(line.ljust(LINE - 1) + b"\n")

    def take(self, id: str, body: bytes) -> int | None:
        """Keeps a message, and says how it is answered: now and then with a refusal, or not at all."""
        with self.lock:
            number = next(self.numbers)
            if number % 10 == 0:
                return 503
            self.messages[json.dumps(json.loads(body), sort_keys=True)][id] += 1
        # Long enough for somebody to be killed meanwhile.
        time.sleep(0.01)
        return None if number % 25 == 1 else 204


def handler(outside: Outside) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            status = outside.take(self.headers["webhook-id"], self.rfile.read(int(self.headers["Content-Length"])))
            self.close_connection = True
            if status is not None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_):
            pass

    return Handler

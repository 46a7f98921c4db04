"""A vendor's REST API on the loopback, for tap-rest-api-msdk: contacts in pages, by the time at which they were changed."""

import http.server
import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "t0k"
#: What the tap passes on of a refusal is its text only.
REFUSALS = {401: "unauthorized", 429: "rate_limit_exceeded"}


class RestServer:
    """``contacts`` are what it has; ``refusal`` is a status with which it answers everything from then on."""

    PAGE = 3

    def __init__(self, contacts: list[dict[str, Any]]):
        self.contacts = contacts
        self.refusal: int | None = None
        self.asked: list[dict[str, str]] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, answer = server.answer(self.path, self.headers["Authorization"])
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, authorization: str | None) -> tuple[int, Any]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        self.asked.append(query)
        if self.refusal or authorization != f"Bearer {TOKEN}":
            return self.refusal or 401, {"error": REFUSALS[self.refusal or 401]}
        since, page = query.get("updated_since", ""), int(query.get("page", 1))
        rows = sorted((contact for contact in self.contacts if contact["updated_at"] >= since),
                      key=lambda contact: contact["updated_at"])
        more = {"next_page": page + 1} if page * self.PAGE < len(rows) else {}
        return 200, {"data": rows[(page - 1) * self.PAGE:page * self.PAGE], **more}

    def __enter__(self) -> "RestServer":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

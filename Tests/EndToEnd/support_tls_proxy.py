"""A proxy that is every server behind it: what a client asks of a vendor over TLS, a function of the test answers.

A client that takes HTTPS_PROXY and REQUESTS_CA_BUNDLE from its environment needs no other change to be tested.
"""

import http.server
import json
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from support_connector import certificate


class Asked(NamedTuple):
    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Answered(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str] = {}


class TLSProxy:
    """Answers every request to any of the hosts with what ``answer`` returns; ``authority`` is whom the client must trust."""

    def __init__(self, folder: Path, hosts: list[str], answer: Callable[[Asked], Answered]):
        self.authority, key = certificate(folder, hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(context, answer))
        self.server.daemon_threads = True

    @property
    def environment(self) -> dict[str, str]:
        """What a client must have in its environment."""
        url = f"http://127.0.0.1:{self.server.server_port}"
        return {"HTTPS_PROXY": url, "REQUESTS_CA_BUNDLE": str(self.authority)}

    def __enter__(self) -> "TLSProxy":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def handler(context: ssl.SSLContext, answer: Callable[[Asked], Answered]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self):
            """From here on the connection is one to that host."""
            self.host = self.path.partition(":")[0]
            self.send_response_only(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def answer_request(self):
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked = Asked(self.host, self.command, self.path, dict(self.headers), json.loads(body) if body else None)
            status, value, headers = answer(asked)
            content = json.dumps(value).encode()
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", "Content-Length": len(content), **headers}.items():
                self.send_header(name, str(text))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer_request

        def log_message(self, *_):
            pass

    return Handler

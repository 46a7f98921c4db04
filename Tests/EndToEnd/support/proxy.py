"""A proxy between a client and ingest that counts what passes: how often each event was sent, and how it was answered."""

import gzip
import http.client
import json
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Passed:
    """One request: its path, the ids in its batch, and the status it got; 0 when ingest did not answer."""
    path: str
    ids: list[str]
    status: int


class CountingProxy:
    def __init__(self, upstream: str):
        self.upstream = urlsplit(upstream)
        self.passed: list[Passed] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "CountingProxy":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def taken(self) -> Counter[str]:
        """How often each event was in a request that ingest answered with 200."""
        return Counter(id for request in self.passed if request.status == 200 for id in request.ids)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(request.status for request in self.passed)

    def handler(proxy) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer's header and body go out as two writes, and must not wait for each other's acknowledgement.
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Passed(self.path, ids_in(body, self.headers.get("Content-Encoding")), 0)
                try:
                    answer, content = proxy.forward(self.path, body, dict(self.headers))
                except (OSError, http.client.HTTPException):
                    # What a client sees when the server dies: the connection ends without an answer.
                    proxy.passed.append(request)
                    self.close_connection = True
                    return
                request.status = answer.status
                proxy.passed.append(request)
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler

    def forward(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=300)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


def ids_in(body: bytes, encoding: str | None) -> list[str]:
    try:
        whole = json.loads(gzip.decompress(body) if encoding == "gzip" else body)
        return [event.get("messageId") or event.get("uuid") for event in whole.get("batch", [])]
    except ValueError:
        return []

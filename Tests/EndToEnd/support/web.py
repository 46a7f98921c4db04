"""A plain HTTP/1.1 client over one kept connection, so that a test sees exactly what is sent and answered."""

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Web:
    """One connection to one server. Not for use by several threads at a time."""

    def __init__(self, url: str, timeout: float = 300):
        address = urlsplit(url)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)

    def call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Sends once; a connection that the server has closed in the meantime is opened again."""
        reused = self.connection.sock is not None
        try:
            return self._call(method, path, body, headers)
        except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected):
            self.close()
            if not reused or method != "GET":
                raise
            return self._call(method, path, body, headers)
        except Exception:
            self.close()
            raise

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None) -> Answer:
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        content = answer.read()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def close(self):
        self.connection.close()

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *_):
        self.close()


def basic(key: str) -> dict[str, str]:
    """A write key as the SDKs send it: the user name of Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}

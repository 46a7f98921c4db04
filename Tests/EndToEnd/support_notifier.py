"""One `notifier` on its own, with the log's other side and `profile` played by the test."""

import hashlib
import json
import os
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from support.hub import PROGRAMS
from support.ports import free_port
from support.segments import LogFiles
from support.waiting import eventually
from support.web import Answer, Web
from support_connector import ADMIN_KEY, READ_KEY, LaneWriter, now


class Profiles:
    """A `profile` that knows the people it is told of, counts who asks, and can be made to fail."""

    def __init__(self):
        self.people: dict[str, dict[str, Any]] = {}
        self.status = 200
        self.asked: list[str] = []
        self.server: ThreadingHTTPServer | None = None
        self.port = free_port()

    def add(self, email: str, **traits: Any):
        self.people[f"email:{email}"] = {
            "id": "a" * 26, "firstSeen": now(), "lastSeen": now(), "traits": traits, "identifiers": [
                {"namespace": "email", "value": email, "firstSeen": now(), "lastSeen": now(), "shared": False}]}

    def start(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.headers.get("Authorization", ""))
                person = outer.people.get(unquote(self.path).removeprefix("/v1/profiles/"))
                status = outer.status if outer.status != 200 or person else 404
                code = "not_found" if outer.status == 200 else "x"
                body = json.dumps(person or {"code": code, "message": "x", "detail": "x"}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Notifier:
    """A running notifier in a data directory of its own."""

    def __init__(self, data: Path, config: str):
        self.data = data
        self.process: subprocess.Popen | None = None
        data.mkdir(parents=True, exist_ok=True)
        self.configure(config)
        self.profiles = Profiles()
        self.profiles.start()
        control = LaneWriter(data, "control", "profile")
        for identifier, scope, secret in (("a", "admin", ADMIN_KEY), ("r", "read", READ_KEY)):
            control.append({
                "kind": "key", "id": identifier, "scope": scope, "source": "test", "createdAt": now(),
                "hash": hashlib.sha256(secret.encode()).hexdigest()})
        self.events = LaneWriter(data, "events", "ingest")
        self.changes = LaneWriter(data, "changes", "profile")
        self.topics = {name: LogFiles(data, name) for name in ("commands", "dead-letters")}
        self.seen: dict[str, list[Any]] = {name: [] for name in self.topics}

    def configure(self, config: str):
        (self.data / "kith.yaml").write_text(config)

    # Starting and stopping.

    def start(self) -> "Notifier":
        self.launch()
        eventually(lambda: self.port_file.exists() and self.is_ready(), 60, lambda: f"a ready notifier:\n{self.log()}")
        return self

    def launch(self):
        self.port_file.unlink(missing_ok=True)
        with open(self.data / "notifier.log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "notifier", "--data", self.data, "--port", "0", "--port-file", self.port_file], stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "KITH_PROFILE_URL": self.profiles.url, "KITH_READ_KEY": READ_KEY})

    def is_ready(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log()
        return self.call("GET", "/ready").status == 200

    def stop(self) -> int:
        self.profiles.stop()
        return self.end()

    def end(self) -> int:
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.terminate()
        return self.process.wait(300)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        path = self.data / "notifier.log"
        return path.read_text(errors="replace")[-5000:] if path.exists() else ""

    @property
    def port_file(self) -> Path:
        return self.data / "notifier.port"

    def call(self, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
        with Web(f"http://127.0.0.1:{self.port_file.read_text().strip()}") as web:
            return web.call(method, path, headers=headers)

    def status(self, key: str = ADMIN_KEY) -> Answer:
        return self.call("GET", "/v1/status", {"Authorization": f"Bearer {key}"})

    def metric(self, name: str) -> float:
        lines = self.call("GET", "/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    # What happens, and what comes of it.

    def happens(self, message: str, email: str = "ada@example.com", name: str = "Order Completed", kind: str = "updated",
                historical: bool = False, seconds: float = 0, **properties: Any):
        """An event, and the change that `profile` makes of it."""
        time = now(seconds)
        offset = self.events.head
        self.events.append({
            "v": 1, "source": "shop", "messageId": message, "type": "track", "name": name, "timestamp": time,
            "receivedAt": time, "event": {"type": "track", "event": name, "properties": properties}})
        event = {"messageId": message, "type": "track", "name": name, "source": "shop", "time": time,
                 "anchor": f"email:{email}", "partition": "ingest", "offset": offset, "historical": historical}
        self.changes.append({"profileId": "a" * 26, "revision": 1, "kind": kind, "events": [event], "time": time})

    def records(self, topic: str) -> list[Any]:
        self.seen[topic] += [record.json for record in self.topics[topic].read()]
        return self.seen[topic]

    @property
    def commands(self) -> list[Any]:
        return self.records("commands")

    @property
    def dead_letters(self) -> list[Any]:
        return self.records("dead-letters")

    def await_commands(self, count: int, within: float = 60) -> list[Any]:
        return eventually(lambda: found if len(found := self.commands) >= count else None, within,
                          lambda: f"{count} commands (there are {len(self.commands)}):\n{self.log()}")

    def await_dead_letters(self, count: int) -> list[Any]:
        return eventually(lambda: found if len(found := self.dead_letters) >= count else None, 60,
                          lambda: f"{count} dead letters:\n{self.log()}")

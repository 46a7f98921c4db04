"""One `connector` on its own, with the log's other side played by the test: it writes commands and reads events."""

import hashlib
import json
import os
import secrets
import struct
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from support.segments import LogFiles
from support.waiting import eventually
from support.web import Answer, Web

PROGRAMS = Path(os.environ.get("KITH_PROGRAMS", Path(__file__).resolve().parents[2] / ".build" / "debug"))
ADMIN_KEY = "ka_" + "a" * 32
READ_KEY = "kr_" + "r" * 32


def now(plus: float = 0) -> str:
    moment = time.time() + plus
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"


class Connector:
    """A running connector in a data directory of its own."""

    def __init__(self, data: Path, config: str = "", programs: Path = PROGRAMS):
        self.data = data
        self.programs = programs
        self.process: subprocess.Popen | None = None
        data.mkdir(parents=True, exist_ok=True)
        self.configure(config)
        self.control = LaneWriter(data, "control", "profile")
        self.commands = LaneWriter(data, "commands", "notifier")
        for identifier, scope, secret in (("a", "admin", ADMIN_KEY), ("r", "read", READ_KEY)):
            self.control.append({
                "kind": "key", "id": identifier, "scope": scope, "source": "test", "createdAt": now(),
                "hash": hashlib.sha256(secret.encode()).hexdigest()})
        self.topics = {name: LogFiles(data, name) for name in ("events", "dead-letters")}
        self.seen: dict[str, list[Any]] = {name: [] for name in self.topics}

    def configure(self, config: str):
        (self.data / "kith.yaml").write_text(config)

    # Starting and stopping.

    def start(self, environment: dict[str, str] | None = None) -> "Connector":
        self.launch(environment)
        return self.await_ready()

    def await_ready(self) -> "Connector":
        eventually(lambda: self.is_running() and self.port_file.exists() and self.is_ready(), 60, lambda: f"a ready connector:\n{self.log()}")
        return self

    def launch(self, environment: dict[str, str] | None = None):
        self.port_file.unlink(missing_ok=True)
        with open(self.data / "connector.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "connector", "--data", self.data, "--port", "0", "--port-file", self.port_file],
                stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})

    def is_running(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log()
        return True

    def is_ready(self) -> bool:
        self.is_running()
        return self.call("GET", "/ready").status == 200

    def stop(self) -> int:
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.terminate()
        return self.process.wait(300)

    def kill(self):
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> "Connector":
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def log(self) -> str:
        path = self.data / "connector.log"
        return path.read_text(errors="replace")[-5000:] if path.exists() else ""

    @property
    def port_file(self) -> Path:
        return self.data / "connector.port"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port_file.read_text().strip()}"

    # Talking to it.

    def call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        with Web(self.url) as web:
            return web.call(method, path, body, headers)

    def admin(self, method: str, path: str, body: Any = None) -> Answer:
        sent = None if body is None else json.dumps(body).encode()
        return self.call(method, path, sent, {"Authorization": f"Bearer {ADMIN_KEY}"})

    def status(self, kind: str, name: str) -> dict[str, Any]:
        answer = self.call("GET", "/v1/status", headers={"Authorization": f"Bearer {READ_KEY}"})
        assert answer.status == 200, answer
        return next(entry for entry in answer.json()[kind] if entry["name"] == name)

    def has_succeeded(self, source: str, times_before: str | None = None) -> bool:
        status = self.status("sources", source)
        return status["state"] == "idle" and status.get("lastSuccess") not in (None, times_before)

    def read_source(self, source: str):
        """Runs a source and waits for the end of the run."""
        before = self.status("sources", source).get("lastSuccess")
        assert self.admin("POST", f"/v1/sources/{source}/run").status == 200
        eventually(lambda: self.has_succeeded(source, before), 60, lambda: f"a run of {source}:\n{self.log()}")

    # The log.

    def records(self, topic: str) -> list[Any]:
        """Everything on a topic so far."""
        self.seen[topic] += [record.json for record in self.topics[topic].read()]
        return self.seen[topic]

    @property
    def events(self) -> list[Any]:
        return self.records("events")

    @property
    def dead_letters(self) -> list[Any]:
        return self.records("dead-letters")

    def await_events(self, count: int, within: float = 60, **fields: Any) -> list[Any]:
        def matching() -> list[Any]:
            return [event for event in self.events if all(event.get(key) == value for key, value in fields.items())]

        return eventually(lambda: found if len(found := matching()) >= count else None, within,
                          lambda: f"{count} events {fields} (of {len(self.events)}):\n{self.log()}")

    def command(self, destination: str, payload: Any, identifier: str = "email:ada@example.com",
                seconds: float = 600, id: str | None = None) -> str:
        """Asks for a delivery and returns the command's id."""
        id = id or f"cmd-{secrets.token_hex(8)}"
        self.commands.append({
            "id": id, "destination": destination, "rule": "welcome", "identifier": identifier, "causedBy": "event-1",
            "payload": payload, "createdAt": now(), "notAfter": now(seconds)})
        return id

    def outcome(self, command: str, within: float = 60) -> dict[str, Any]:
        """The event that says how a command ended; there must be exactly one."""
        def found() -> list[Any]:
            return [event for event in self.events if event["event"].get("properties", {}).get("commandId") == command]

        events = eventually(found, within, lambda: f"the outcome of {command}:\n{self.log()}")
        assert len(events) == 1, events
        return events[0]

    def expired(self, destination: str, payload: Any) -> dict[str, Any]:
        """The outcome of a command that was tried more than once until it was too late.

        It has some seconds for that, and more where the machine stood still meanwhile.
        """
        for seconds in (6, 30, 150):
            outcome = self.outcome(self.command(destination, payload, seconds=seconds))
            if outcome["event"]["properties"].get("attempts", 0) > 1:
                break
        return outcome


def identifiers(event: dict[str, Any]) -> list[str]:
    """`namespace:value` of everything that an event says is the same person."""
    inner = event["event"]
    found = [f"{entry['type']}:{entry['id']}" for entry in inner.get("context", {}).get("externalIds", [])]
    return found + [f"user:{inner['userId']}" for _ in range(1) if inner.get("userId")]


def certificate(directory: Path, hosts: Iterable[str] = ("localhost",)) -> tuple[Path, Path]:
    """A certificate for these hosts and this machine, which is its own authority, and its key."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    names = ",".join([*(f"DNS:{host}" for host in hosts), "IP:127.0.0.1"])
    if not cert.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "30",
             "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}"],
            check=True, capture_output=True)
    return cert, key


class LaneWriter:
    """An independent writer of one lane of the message log, written from docs/formats.md."""

    HEADER = 64

    def __init__(self, data: Path, topic: str, producer: str):
        self.directory = data / "log" / topic / producer
        self.directory.mkdir(parents=True, exist_ok=True)
        self.epoch = secrets.token_bytes(16)
        self.head = self.counter = 0
        header = b"KITHSEG\x01" + self.epoch + struct.pack("<QQq12x", 0, 0, int(time.time() * 1e6))
        self.check = crc32c(header)
        self.segment = open(self.directory / f"{0:020}.seg", "wb", buffering=0)
        self.segment.write(header + struct.pack("<I", self.check))
        self.bytes = self.HEADER
        # Whoever looks for lanes meanwhile finds it whole or not at all.
        draft = self.directory / "head.new"
        self.marks = open(draft, "wb", buffering=0)
        self.marks.truncate(1024)
        self.write_mark()
        self.write_mark()
        draft.rename(self.directory / "head")

    def append(self, value: Any):
        """Adds a record; what is not bytes goes as JSON."""
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        record = b"\x00" + string(b"key") + string(content) + b"\x00"
        rest = struct.pack("<IIQQQq", self.check, 1, self.head, self.head, 0, int(time.time() * 1e6)) + record
        rest = struct.pack("<I", len(rest) + 8) + rest
        # The chain goes on from the checksum of the batch before.
        self.check = crc32c(rest, self.check)
        self.segment.write(struct.pack("<I", self.check) + rest)
        self.bytes += len(rest) + 4
        self.head += 1
        self.write_mark()

    def write_mark(self):
        self.counter += 1
        mark = b"KITHHED\x01" + self.epoch + struct.pack("<QQQQI448x", self.counter, self.head, 0, self.bytes, 0)
        os.pwrite(self.marks.fileno(), mark + struct.pack("<I", crc32c(mark)), self.counter % 2 * 512)


def string(content: bytes) -> bytes:
    length, number = b"", len(content)
    while number >= 0x80:
        length += bytes([number & 0x7F | 0x80])
        number >>= 7
    return length + bytes([number]) + content


def crc32c(content: bytes, start: int = 0) -> int:
    state = start ^ 0xFFFFFFFF
    for byte in content:
        state = TABLE[(state ^ byte) & 0xFF] ^ state >> 8
    return state ^ 0xFFFFFFFF


def table() -> Iterator[int]:
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


TABLE = list(table())

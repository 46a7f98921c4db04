"""One running Kith: started by `kith up` in a directory of its own, talked to over HTTP, and hurt on purpose."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from .ports import free_row
from .waiting import eventually
from .web import Answer, Web, basic, bearer

SERVICES = ("ingest", "profile", "connector", "notifier")
#: The topics that some service reads to the end.
CONSUMED = {"events", "changes", "commands"}
REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAMS = Path(os.environ.get("KITH_PROGRAMS", REPOSITORY / ".build" / "debug"))


class Hub:
    """A `kith up` with its four services.

    - ``hub.ingest``, ``hub.profile``, … are the services' URLs; ``hub.write_key``, ``hub.read_key``, ``hub.admin_key`` its keys.
    - ``post`` sends to ingest with the write key, ``get`` asks profile with the read key, ``admin`` calls it with the admin key.
    - ``settled`` waits until every consumer has read all that was acknowledged before the call.
    """

    #: What every instance on a data directory finds in its environment.
    surroundings: Callable[[Path], dict[str, str]] = staticmethod(lambda data: {})

    def __init__(self, data: Path, config: str | None = None, programs: Path = PROGRAMS, options: Iterable[str] = (),
                 environment: dict[str, str] | None = None, port: int | None = None):
        """Its ports are nobody else's while a service is away; with 0 the system chooses each."""
        self.keepers = free_row(len(SERVICES)) if port is None else []
        self.port = self.keepers[0].getsockname()[1] if port is None else port
        self.data = Path(data)
        self.programs = Path(programs)
        self.options = list(options)
        self.environment = {**self.surroundings(self.data), **(environment or {})}
        self.process: subprocess.Popen | None = None
        self.ready: dict[str, Any] = {}
        self.data.mkdir(parents=True, exist_ok=True)
        if config is not None:
            (self.data / "kith.yaml").write_text(config)

    # Starting and stopping.

    def start(self, within: float = 60) -> "Hub":
        """Starts it, or starts it again on what it left; returns once every service is ready."""
        self.launch()
        self.await_ready_file(within)
        return self

    def launch(self):
        """Starts it without waiting."""
        self.ready_file.unlink(missing_ok=True)
        command = [self.programs / "kith", "up", "--data", self.data, "--port", str(self.port), "--ready-file", self.ready_file]
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [*command, *self.options], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, **self.environment})

    def await_ready_file(self, within: float = 60):
        def ready() -> bool:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"kith up ended with {self.process.returncode}:\n{self.printed()}")
            return self.ready_file.exists()

        eventually(ready, within, lambda: f"a ready hub\n{self.printed()}\n")
        self.ready = json.loads(self.ready_file.read_text())

    def stop(self, within: float = 300) -> int:
        """Ends it as Ctrl-C does, and returns its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise AssertionError(f"kith up did not stop within {within} s:\n{self.printed()}") from None

    def kill_all(self):
        """A sudden end of everything, the supervisor first so that it starts nothing again."""
        victims = [pid for service in SERVICES if (pid := self.pid(service))]
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in victims:
            end(pid)
        for pid in victims:
            eventually(lambda: not alive(pid), 60, f"the end of process {pid}")

    def __enter__(self) -> "Hub":
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # What is where.

    @property
    def ready_file(self) -> Path:
        return self.data.parent / f"{self.data.name}.ready.json"

    @property
    def output(self) -> Path:
        return self.data.parent / f"{self.data.name}.output"

    def printed(self) -> str:
        """What `kith up` has printed, and the last lines of the services' logs."""
        parts = [self.output.read_text(errors="replace")[-3000:]] if self.output.exists() else []
        for log in sorted(self.data.glob("logs/*.log")):
            parts.append(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}")
        return "\n".join(parts)

    def log_of(self, service: str) -> str:
        return (self.data / "logs" / f"{service}.log").read_text(errors="replace")

    def url(self, service: str) -> str:
        return self.ready[service]

    ingest = property(lambda self: self.url("ingest"))
    profile = property(lambda self: self.url("profile"))
    connector = property(lambda self: self.url("connector"))
    notifier = property(lambda self: self.url("notifier"))
    write_key = property(lambda self: self.ready["writeKey"])
    read_key = property(lambda self: self.ready["readKey"])
    admin_key = property(lambda self: self.ready["adminKey"])

    # Talking to it.

    def post(self, path: str, body: Any, key: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Sends to ingest with the write key; what is not bytes goes as JSON."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        with Web(self.ingest) as web:
            return web.call("POST", path, sent, {"Content-Type": "application/json", **basic(key or self.write_key),
                                                 **(headers or {})})

    def send(self, events: Iterable[dict[str, Any]], key: str | None = None, size: int = 100):
        """Sends Segment events in batches, and insists that each batch is taken.

        As an SDK does, it comes again where the log's servers did not answer for the ten seconds that ingest waits for them.
        """
        headers = {"Content-Type": "application/json", **basic(key or self.write_key)}
        with Web(self.ingest) as web:
            for batch in batches(events, size):
                body = json.dumps({"batch": batch}).encode()
                answer = eventually(lambda: is_final(found := web.call("POST", "/v1/batch", body, headers)) and found, 60,
                                    "an answer of the log's servers")
                assert answer.status == 200, answer

    def get(self, path: str, key: str | None = None, **query: Any) -> Answer:
        """Asks profile with the read key."""
        with Web(self.profile) as web:
            return web.call("GET", with_query(path, query), headers=bearer(key or self.read_key))

    def ask(self, path: str, body: Any, key: str | None = None) -> Answer:
        """Posts a question, such as a search, to profile with the read key."""
        with Web(self.profile) as web:
            return web.call("POST", path, json.dumps(body).encode(),
                            {"Content-Type": "application/json", **bearer(key or self.read_key)})

    def admin(self, method: str, path: str, body: Any = None) -> Answer:
        with Web(self.profile) as web:
            sent = None if body is None else json.dumps(body).encode()
            return web.call(method, path, sent, {"Content-Type": "application/json", **bearer(self.admin_key)})

    def new_write_key(self, source: str, user_namespace: str | None = None) -> str:
        """A write key for a source of its own, once ingest knows it."""
        body = {"scope": "write", "source": source}
        if user_namespace:
            body["userNamespace"] = user_namespace
        answer = self.admin("POST", "/v1/keys", body)
        assert answer.status in (200, 201), answer
        key = answer.json()["secret"]
        eventually(lambda: self.post("/v1/batch", {"batch": []}, key=key).status != 401, 60, f"a known key for {source}")
        return key

    def one_profile(self, identifier: str, **query: Any) -> dict[str, Any] | None:
        """The profile of an identifier (`namespace:value`) or of a profile id, or nothing."""
        answer = self.get(f"/v1/profiles/{quote(identifier, safe=':')}", **query)
        if answer.status == 404:
            return None
        assert answer.status == 200, answer
        return answer.json()

    def events(self, identifier: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The whole timeline of a profile, page by page."""
        path = f"/v1/profiles/{quote(identifier, safe=':')}/events"
        cursor = None
        while True:
            answer = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            assert answer.status == 200, answer
            page = answer.json()
            yield from page["events"]
            cursor = page.get("cursor")
            if not cursor:
                return

    def export(self) -> Iterator[dict[str, Any]]:
        """Every profile."""
        answer = self.get("/v1/export")
        assert answer.status == 200, answer
        yield from (json.loads(line) for line in answer.body.splitlines() if line)

    def metrics(self, service: str) -> dict[str, float]:
        """Every sample of a service's metrics, by name and labels as they are written."""
        with Web(self.url(service)) as web:
            text = web.call("GET", "/metrics").text
        lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    # How far it is.

    def status(self) -> dict[str, Any]:
        answer = self.get("/v1/status", key=self.admin_key)
        assert answer.status == 200, answer
        return answer.json()

    def lag(self) -> int:
        """How many records of all topics the consumers have still to read.

        What nobody has begun to read counts as well: a consumer is not known before it has stored its first position.
        """
        status = self.status()
        behind = sum(consumer["lag"] for consumer in status["consumers"])
        begun = {consumer["topic"] for consumer in status["consumers"]}
        untouched = sum(partition["head"] - partition["first"] for topic in status["topics"]
                        if topic["name"] in CONSUMED - begun for partition in topic["partitions"])
        return behind + untouched

    def settled(self, within: float = 120):
        """Waits until every consumer has read everything that was acknowledged before this call."""
        eventually(lambda: self.lag() == 0, within, lambda: f"a lag of 0 (it is {self.status()})")

    def is_ready(self, service: str) -> bool:
        try:
            with Web(self.url(service), timeout=60) as web:
                return web.call("GET", "/ready").status == 200
        except OSError:
            return False

    # Hurting it.

    def pid(self, service: str) -> int | None:
        """The process of a service now, or nothing while there is none."""
        try:
            pid = int((self.data / "run" / f"{service}.pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if words[0].endswith(f"/{service}".encode()) and str(self.data).encode() in words else None

    def kill(self, service: str, number: int = signal.SIGKILL) -> int:
        """Sends a signal to a service as soon as there is one to send it to, and returns whom it was sent to."""
        pid = eventually(lambda: self.pid(service), 60, f"a running {service}")
        send_signal(pid, number)
        return pid

    def kill_and_await(self, service: str, within: float = 60) -> float:
        """Ends a service with SIGKILL; returns the seconds until its successor is ready."""
        start = time.monotonic()
        victim = self.kill(service)
        eventually(lambda: self.pid(service) not in (None, victim) and self.is_ready(service), within,
                   lambda: f"another {service} in place of {victim}\n{self.printed()}\n")
        return time.monotonic() - start

    def kith(self, *arguments: Any, check: bool = True, **keywords: Any) -> subprocess.CompletedProcess[str]:
        """Runs the command line on this instance's data directory, and on its log and stores, wherever these are."""
        engines = {name: value for name, value in self.environment.items() if name in ("KITH_LOG", "KITH_STORE")}
        command = [str(self.programs / "kith"), *map(str, arguments), "--data", str(self.data)]
        return subprocess.run(command, text=True, capture_output=True, timeout=600, check=check,
                              env={**os.environ, **engines}, **keywords)

    def shown_status(self, *options: str) -> str:
        """What `kith status` shows, once every service has answered it in the few seconds that each has for that."""
        def shown() -> str:
            told = self.kith("status", *options, check=False)
            return told.stdout if told.returncode == 0 else ""

        return eventually(shown, 60, lambda: f"a whole status\n{self.printed()}\n")


def is_final(answer: Answer) -> bool:
    """Whether there is no sense in sending the same again: not while the log cannot be reached."""
    return answer.status != 503 or answer.json()["code"] != "log_unavailable"


def batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def with_query(path: str, query: dict[str, Any]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def peak_memory(pid: int) -> int:
    """The most memory that a process ever had resident, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def send_signal(pid: int, number: int):
    """Sends a signal to a process; one that stops it has done so on return."""
    os.kill(pid, number)
    if number == signal.SIGSTOP:
        # Its threads go on until one of them has had the time to see the signal.
        eventually(lambda: stands_still(pid), 60, f"a standstill of process {pid}")


def stands_still(pid: int) -> bool:
    """Whether no thread of the process runs."""
    try:
        states = [file.read_text().rpartition(")")[2].split()[0] for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (OSError, IndexError):
        return False
    return all(state in "TtZX" for state in states)


def end(pid: int):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass

"""Senders that do as the SDKs do: a batch is sent again until it is taken."""

import http.client
import itertools
import json
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from support import Answer, Hub, Web
from support.waiting import PATIENCE
from support.web import basic

from .ledger import Ledger
from .outside import BOUGHT, Outside

#: What a sender may get while services die and disks are full; all of it means "again".
TRANSIENT = {429, 500, 502, 503, 504}


class Load:
    """A number of senders, at full speed but for a pause after each batch, and a file that grows beside them, from entering the
    context to leaving it."""

    def __init__(self, hub: Hub, outside: Outside, population: str, senders: int = 3, batch: int = 20, people: int = 40,
                 padding: int = 0, pause: float = 0, doors: Sequence[Callable[[], str]] = ()):
        self.hub = hub
        #: Where each `ingest` is; every try is made at the next one.
        self.doors = itertools.cycle(doors or [lambda: hub.ingest])
        self.outside = outside
        self.population = population
        self.senders = senders
        self.batch = batch
        self.people = people
        self.padding = "x" * padding
        self.pause = pause
        #: What it may get besides 200.
        self.transient = TRANSIENT
        self.ledger = Ledger()
        self.statuses: Counter[int] = Counter()
        #: The times that refusals asked to wait, as they were written.
        self.pauses: defaultdict[int, set[str | None]] = defaultdict(set)
        self.times: list[float] = []
        self.failures: list[BaseException] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(senders)]
        self.threads.append(threading.Thread(target=self.write, daemon=True))

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, within: float = 300):
        """Each sender still finishes its batch when somebody takes it within a second."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(within)
            if thread.is_alive():
                raise AssertionError("a sender hangs")
        if self.failures:
            raise self.failures[0]

    @property
    def acknowledged(self) -> int:
        """How many events ingest has taken."""
        return self.statuses[200] * self.batch

    def run(self, number: int):
        try:
            turn = 0
            while not self.stopping.is_set():
                self.deliver(*self.make(number, turn))
                turn += 1
                self.stopping.wait(self.pause)
        except BaseException as failure:
            self.failures.append(failure)

    def write(self):
        """Adds to the file of the source, whether anybody reads it or not."""
        for number in itertools.count():
            person, id = f"{self.population}-returns-{number % 5}", f"{self.population}-return-{number}"
            self.ledger.sending([(person, id)])
            self.outside.write(person, id)
            self.ledger.written.add(id)
            self.ledger.acknowledge([id])
            if self.stopping.wait(0.03):
                return

    def make(self, sender: int, turn: int) -> tuple[list[str], bytes]:
        events = [self.event((sender * 7 + turn * self.batch + place) % self.people) for place in range(self.batch)]
        if turn % 5 == 0:
            events[0]["event"] = BOUGHT
        self.ledger.sending((event["userId"], event["messageId"]) for event in events)
        return [event["messageId"] for event in events], json.dumps({"batch": events}).encode()

    def event(self, person: int) -> dict:
        return {"type": "track", "event": "Item Viewed", "userId": f"{self.population}-{person}",
                "messageId": str(uuid.uuid4()), "properties": {"price": 2.10, "padding": self.padding}}

    def deliver(self, ids: list[str], body: bytes):
        pause, grace = 0.01, None
        while True:
            answer = attempt(next(self.doors), self.hub.write_key, body)
            status = answer.status if answer else 0
            self.statuses[status] += 1
            if status == 200:
                self.ledger.acknowledge(ids)
                self.times.append(time.time())
                return
            assert status == 0 or status in self.transient, f"ingest answered {status}"
            if answer:
                self.pauses[status].add(answer.headers.get("retry-after"))
            if self.stopping.is_set():
                grace = grace or time.monotonic() + 1
                if time.monotonic() > grace:
                    return
            time.sleep(pause)
            pause = min(pause * 2, 0.2)


def attempt(door: Callable[[], str], key: str, body: bytes) -> Answer | None:
    """One try to send a batch; nothing when there was no answer."""
    try:
        with Web(door(), timeout=10) as web:
            return web.call("POST", "/v1/batch", body, {"Content-Type": "application/json", **basic(key)})
    except (OSError, http.client.HTTPException):
        return None


def until(load: Load, count: int, check: Callable[[], bool] = lambda: True, within: float = 120):
    """Waits until so many more events are acknowledged."""
    goal, deadline = load.acknowledged + count, time.monotonic() + within * PATIENCE
    while load.acknowledged < goal:
        assert check() and not load.failures, load.failures
        assert time.monotonic() < deadline, f"no {count} events in {within * PATIENCE} s: {load.statuses}"
        time.sleep(0.005)

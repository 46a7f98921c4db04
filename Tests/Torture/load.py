"""Senders that do as the SDKs do: a batch is sent again until it is taken."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable

from support import Hub, Web
from support.web import basic

from .ledger import Ledger

#: What a sender may get while services die and disks are full; all of it means "again".
TRANSIENT = {429, 500, 502, 503, 504}


class Load:
    """A number of senders at full speed, from entering the context to leaving it."""

    def __init__(self, hub: Hub, population: str, senders: int = 3, batch: int = 20, people: int = 40, padding: int = 0):
        self.hub = hub
        self.population = population
        self.batch = batch
        self.people = people
        self.padding = "x" * padding
        self.ledger = Ledger()
        self.statuses: dict[int, int] = {}
        self.times: list[float] = []
        self.failures: list[BaseException] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(senders)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, within: float = 30):
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
        return len(self.ledger.acknowledged)

    def run(self, number: int):
        try:
            turn = 0
            while not self.stopping.is_set():
                self.deliver(*self.make(number, turn))
                turn += 1
        except BaseException as failure:
            self.failures.append(failure)

    def make(self, sender: int, turn: int) -> tuple[list[str], bytes]:
        events = [self.event((sender * 7 + turn * self.batch + place) % self.people) for place in range(self.batch)]
        self.ledger.sending((event["userId"], event["messageId"]) for event in events)
        return [event["messageId"] for event in events], json.dumps({"batch": events}).encode()

    def event(self, person: int) -> dict:
        return {"type": "track", "event": "Item Viewed", "userId": f"{self.population}-{person}",
                "messageId": str(uuid.uuid4()), "properties": {"price": 2.10, "padding": self.padding}}

    def deliver(self, ids: list[str], body: bytes):
        pause, grace = 0.01, None
        while True:
            status = self.attempt(body)
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 200:
                self.ledger.acknowledge(ids)
                self.times.append(time.time())
                return
            assert status == 0 or status in TRANSIENT, f"ingest answered {status}"
            if self.stopping.is_set():
                grace = grace or time.monotonic() + 1
                if time.monotonic() > grace:
                    return
            time.sleep(pause)
            pause = min(pause * 2, 0.2)

    def attempt(self, body: bytes) -> int:
        """The status of one try; 0 when there was no answer."""
        try:
            with Web(self.hub.ingest, timeout=10) as web:
                headers = {"Content-Type": "application/json", **basic(self.hub.write_key)}
                return web.call("POST", "/v1/batch", body, headers).status
        except (OSError, http.client.HTTPException):
            return 0


def until(load: Load, count: int, check: Callable[[], bool] = lambda: True, within: float = 30):
    """Waits until so many more events are acknowledged."""
    goal, deadline = load.acknowledged + count, time.monotonic() + within
    while load.acknowledged < goal:
        assert check() and not load.failures, load.failures
        assert time.monotonic() < deadline, f"no {count} events in {within} s: {load.statuses}"
        time.sleep(0.005)

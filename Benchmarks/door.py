"""Ingest: events acknowledged as durable a second, beside a bare route and nginx on the same requests."""

import itertools
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import servers
from load import Run, median, wrk
from support.web import basic

CONNECTIONS = (1, 16, 64)
BODIES = 64


@dataclass
class Shape:
    """One kind of request: how many events it carries, and where it is posted."""
    name: str
    events: int
    path: str

    def body(self) -> str:
        if self.events == 1:
            return json.dumps(event())
        return json.dumps({"batch": [event() for _ in range(self.events)], "sentAt": NOW})


SHAPES = [Shape("single events", 1, "/v1/track"), Shape("batches of 100", 100, "/v1/batch")]
NOW = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


@dataclass
class Row:
    """A server's medians for one shape, by number of connections; rates in events a second."""
    shape: Shape
    server: str
    runs: dict[int, Run]

    @property
    def best(self) -> float:
        return max(run.rate for run in self.runs.values())

    @property
    def memory(self) -> int:
        """The most that the server's process had resident in any of the runs, each of which began with a new one."""
        return max(run.memory for run in self.runs.values())


def measure(programs: Path, bare_route: Path, folder: Path, rounds: int, seconds: int) -> Iterator[Row]:
    template, key = servers.template(programs, folder)
    contenders: dict[str, Callable[[], AbstractContextManager[servers.Server]]] = {
        "ingest": lambda: servers.ingest(programs, template, folder),
        "bare route": lambda: servers.bare_route(bare_route, folder),
        "nginx 204": lambda: servers.nginx(folder),
    }
    for shape in SHAPES:
        bodies = folder / "bodies"
        bodies.write_text("".join(shape.body() + "\n" for _ in range(BODIES)))
        runs: dict[tuple[str, int], list[Run]] = {}
        # In turns, so that a slow minute of the machine meets all of them.
        for _, connections, (name, start) in itertools.product(range(rounds), CONNECTIONS, contenders.items()):
            with start() as server:
                run = wrk(server.url, connections, seconds, "post.lua", bodies, shape.path, basic(key)["Authorization"])
                run.memory = server.memory
            run.rate *= shape.events
            runs.setdefault((name, connections), []).append(run)
        for name in contenders:
            yield Row(shape, name, {connections: median(runs[name, connections]) for connections in CONNECTIONS})


def event() -> dict:
    """A typical track call of about a kilobyte."""
    number = random.randrange(100_000)
    return {
        "type": "track", "event": "Product Added", "userId": f"user-{number}", "anonymousId": str(uuid.uuid4()),
        "messageId": f"ajs-next-{uuid.uuid4().hex}", "timestamp": NOW, "originalTimestamp": NOW,
        "properties": {"product_id": f"sku_{number % 5000}", "sku": f"G-{number}", "name": f"Item {number % 5000}",
                       "category": "Games", "brand": "Brightwave", "variant": "200 pieces", "price": 18.99, "quantity": 1,
                       "coupon": "MAYDEALS", "currency": "USD", "position": 3,
                       "url": f"https://store.example/product/path/{number}"},
        "context": {"ip": "10.1.2.3", "locale": "en-US", "timezone": "Europe/Amsterdam",
                    "library": {"name": "analytics.js", "version": "2.11.1"},
                    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
                    "page": {"path": "/games", "referrer": "https://search.example/", "search": "", "title": "Games - Store",
                             "url": "https://store.example/games"},
                    "screen": {"width": 1512, "height": 982}},
    }

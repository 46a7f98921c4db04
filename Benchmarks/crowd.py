"""A large graph: how fast events are taken in when it is there, and how long it takes to change and to explain it."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import flow
from decisions import Desk, explained, timed
from support import Hub
from support.hub import batches
from support.web import basic
from timing import Timings

EVENTS = 200_000
TIMES = 200


@dataclass
class Crowd:
    identifiers: int
    rate: float
    timings: Timings = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


def measure(programs: Path, folder: Path, identifiers: int, events: int) -> Crowd:
    people = identifiers // 2
    with Hub(folder / "crowd", programs=programs) as hub:
        flow.fill(hub, people)
        posts = [(basic(hub.write_key), body) for body in visits(people, events)]
        crowd = Crowd(identifiers, events / flow.timed(hub, posts))
        desk, chosen = Desk(hub), random.Random(1).sample(range(people), min(people, 4 * TIMES))
        strangers = [(user(one), user(other)) for one, other in zip(chosen[:TIMES], chosen[TIMES:2 * TIMES])]
        own = [(user(number), f"email:{flow.mailbox(number)}") for number in chosen[2 * TIMES:3 * TIMES]]
        crowd.timings = {
            **timed(desk, "links", ("merge: POST /v1/identity/links", "split: its DELETE"), strangers),
            **timed(desk, "separations", ("split: POST /v1/identity/separations", "merge: its DELETE"), own),
            **explained(desk, "explain two of one profile", own),
            **explained(desk, "explain two of different profiles", strangers),
        }
        crowd.memory = flow.memory(hub)
    return crowd


def user(number: int) -> str:
    return f"user:reader-{number}"


def visits(people: int, count: int):
    """What people who are there do, any of them, each on a device of their own."""
    draw = random.Random(2)
    calls = ({"type": "track", "event": "Product Viewed", "userId": f"reader-{person}", "anonymousId": f"device-{person}",
              "messageId": f"visit-{number}", "properties": {"sku": f"sku-{number % 5000}", "price": 18.99}}
             for number in range(count) for person in [draw.randrange(people)])
    yield from (json.dumps({"batch": batch}).encode() for batch in batches(calls, 100))

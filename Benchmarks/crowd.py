"""A large graph: how fast events are taken in when it is there, and how long it takes to change and to explain it."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    #: Events a second of people who are there.
    rate: float
    timings: Timings = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


def measure(programs: Path, folder: Path, identifiers: int, events: int) -> Crowd:
    people = identifiers // 3
    with Hub(folder / "crowd", programs=programs) as hub:
        flow.timed(hub, posts(hub, logins(people)))
        taken = flow.timed(hub, posts(hub, visits(people, events)))
        crowd = Crowd(identifiers, events / taken)
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


def posts(hub: Hub, calls: Iterable[dict[str, Any]]) -> list[tuple[dict[str, str], bytes]]:
    return [(basic(hub.write_key), json.dumps({"batch": batch}).encode()) for batch in batches(calls, 100)]


def logins(people: int) -> Iterator[dict[str, Any]]:
    """Everybody once, with three identifiers."""
    for number in range(people):
        yield {"type": "identify", "userId": f"reader-{number}", "anonymousId": f"device-{number}",
               "messageId": f"login-{number}", "traits": {"email": flow.mailbox(number), "plan": ("free", "pro")[number % 2]}}


def visits(people: int, count: int) -> Iterator[dict[str, Any]]:
    """What they do then: half of it before they log in, one in twenty on a new device."""
    draw = random.Random(2).random
    for number in range(count):
        person = int(draw() * people)
        device = f"device-{person}" if draw() < 0.95 else f"new-device-{number}"
        login = {"userId": f"reader-{person}"} if draw() < 0.5 else {}
        yield {"type": "track", "event": "Product Viewed", "anonymousId": device, **login, "messageId": f"visit-{number}",
               "properties": {"sku": f"sku-{number % 5000}", "price": 18.99}}

"""The events that the touches become, in order of arrival, each with the person behind it."""

import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from .calls import Calls
from .people import populate, scrambled, uuid
from .schedule import Touch, schedule


@dataclass
class Options:
    """Every rate that shapes the stream. The same options give the same bytes."""
    events: int = 200_000
    people: int = 0
    seed: int = 1
    start: int = 1_767_225_600_000
    days: float = 30.0
    duplicate_rate: float = 0.25
    weak_rate: float = 0.4
    typo_rate: float = 0.15
    family_rate: float = 0.12
    role_rate: float = 0.02
    junk_rate: float = 0.002
    kiosks: int = 20
    kiosk_rate: float = 0.01
    login_rate: float = 0.35
    late_rate: float = 0.05
    late_hours: float = 48.0
    redelivery_rate: float = 0.005


class Event(NamedTuple):
    """One call of the stream, and the truth about it.

    ``flags`` has a letter for each trap in it: a = anonymous only, k = a kiosk's device, f = the family's mailbox,
    l = the household's landline, r = a role mailbox, j = a junk value, w = a weak duplicate record, t = a typo,
    o = delivered late, d = delivered again.
    """
    call: dict[str, Any]
    source: str
    person: int
    flags: str


def generate(options: Options) -> Iterator[Event]:
    """The whole stream, in order of arrival."""
    random = Random(options.seed)
    people = populate(options.people or max(10, options.events // 10), options, random)
    kiosks = [uuid(random) for _ in range(options.kiosks)]
    calls = Calls(options, kiosks, random)
    sent: dict[int, Event] = {}
    for number, touch in enumerate(schedule(people, options, random)):
        if touch.again is not None and id(touch.again) in sent:
            first = sent.pop(id(touch.again))
            yield first._replace(flags=first.flags + "d")
            continue
        event = render(number, touch, calls, options)
        if touch.is_repeated:
            sent[id(touch)] = event
        yield event


def render(number: int, touch: Touch, calls: Calls, options: Options) -> Event:
    mark = scrambled(scrambled(options.seed) ^ number)
    call, flags = calls.make(touch, mark)
    call["messageId"] = f"{mark:016x}{number:08x}"
    call["timestamp"] = written(touch.time)
    return Event(call, touch.kind.source, touch.person.number, ("o" if touch.late else "") + flags)


def written(milliseconds: int) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    return clock.strftime("%Y-%m-%dT%H:%M:%S", clock.gmtime(seconds)) + f".{fraction:03d}Z"

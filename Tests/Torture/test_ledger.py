"""An inspection finds what was lost, doubled or made up; else a clean torture would prove nothing."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.segments import Record

from .ledger import Inspector, Ledger, Verdict
from .outside import BOUGHT, DESTINATION, SOURCE


class Pretended:
    """A hub of lists: Ann looks at something and buys it, Bob's return stands in the file; two messages go out."""

    def __init__(self):
        self.data = Path()
        self.logged = [event("shop", "ann", "m1", "Item Viewed"), event("shop", "ann", "m2", BOUGHT),
                       event(SOURCE, "bob", "r1", "Item Returned"), outcome("c1"), outcome("c2")]
        self.commands = [command("c1", "newcomer", "m1"), command("c2", "bought", "m2")]
        self.letters: list[dict[str, Any]] = []
        self.timelines = {"user:ann": ["m1", "m2", "of-c1", "of-c2"], "user:bob": ["r1"]}
        self.received = [("first", "c1"), ("second", "c2"), ("second", "c2")]

    def lag(self) -> int:
        return 0

    def settled(self, within: float):
        pass

    def one_profile(self, identifier: str) -> dict[str, Any] | None:
        timeline = self.timelines.get(identifier)
        return {"eventCount": len(set(timeline))} if timeline else None

    def events(self, identifier: str, limit: int) -> Iterator[dict[str, Any]]:
        return iter([{"messageId": id} for id in self.timelines[identifier]])


class Written:
    """A topic whose records are these."""

    def __init__(self, values: list[dict[str, Any]]):
        self.values = values

    def read(self) -> Iterator[Record]:
        values, self.values = self.values, []
        return iter([Record(offset, b"", json.dumps(value).encode()) for offset, value in enumerate(values)])


def event(source: str, person: str, id: str, name: str) -> dict[str, Any]:
    return {"source": source, "messageId": id, "name": name, "event": {"userId": person}}


def outcome(command: str, name: str = "Message Sent") -> dict[str, Any]:
    return {"source": DESTINATION, "messageId": f"of-{command}", "name": name, "event": {"properties": {"commandId": command}}}


def command(id: str, rule: str, cause: str) -> dict[str, Any]:
    return {"id": id, "rule": rule, "identifier": "user:ann", "causedBy": cause}


def inspect(hub: Pretended) -> Verdict:
    messages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, id in hub.received:
        messages[text][id] += 1
    inspector = Inspector(hub, SimpleNamespace(messages=messages))
    inspector.topics = {name: Written(values) for name, values in
                        (("events", hub.logged), ("commands", hub.commands), ("dead-letters", hub.letters))}
    ledger = Ledger(sent={"ann": {"m1", "m2", "m3"}, "bob": {"r1"}}, acknowledged={"m1", "m2", "r1"}, written={"r1"})
    return inspector.inspect(ledger, within=0)


def test_what_is_well_is_clean():
    verdict = inspect(Pretended())
    assert verdict.is_clean, verdict
    assert (verdict.acknowledged, verdict.written, verdict.commands, verdict.received) == (3, 1, 2, 3)


@pytest.mark.parametrize("change, wrong", [
    (lambda hub: hub.logged.pop(0), "lost_from_log"),
    (lambda hub: hub.timelines["user:ann"].remove("m1"), "lost"),
    (lambda hub: hub.timelines["user:ann"].remove("of-c2"), "lost"),
    (lambda hub: hub.timelines["user:ann"].append("m1"), "doubled"),
    (lambda hub: hub.timelines["user:ann"].append("m4"), "invented"),
    (lambda hub: hub.logged.append(hub.logged[2]), "misread"),
    (lambda hub: hub.logged.pop(2), "misread"),
    (lambda hub: hub.commands.pop(0), "unsaid"),
    (lambda hub: hub.commands.append(hub.commands[0]), "said_again"),
    (lambda hub: hub.commands.append(command("c3", "bought", "m2")), "said_again"),
    (lambda hub: hub.commands.append(command("c3", "newcomer", "m2")), "said_again"),
    (lambda hub: hub.commands.append(command("c3", "bought", "m1")), "said_again"),
    (lambda hub: hub.logged.pop(), "unanswered"),
    (lambda hub: hub.logged.append(outcome("c1")), "unanswered"),
    (lambda hub: hub.logged.append(outcome("c2", "Message Failed")), "unanswered"),
    (lambda hub: hub.received.pop(0), "misdelivered"),
    (lambda hub: hub.received.append(("second", "c3")), "misdelivered"),
    (lambda hub: hub.received.append(("third", "c1")), "misdelivered"),
    (lambda hub: hub.letters.append({"code": "expired", "payload": "{}"}), "buried"),
    (lambda hub: hub.letters.append({"code": "poison", "payload": '{"messageId": "m1"}'}), "buried"),
])
def test_what_is_wrong_is_found(change: Callable[[Pretended], Any], wrong: str):
    hub = Pretended()
    change(hub)
    verdict = inspect(hub)
    assert getattr(verdict, wrong) > 0 and not verdict.is_clean, verdict

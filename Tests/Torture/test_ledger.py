"""An inspection finds what was lost, doubled or made up; else a clean torture would prove nothing."""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.segments import Record

from .changes import FULL
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
        self.told = [change("ann", 1, "m1"), change("bob", 1, "r1"), change("ann", 2, "m2"), change("ann", 3, "of-c1", "of-c2")]
        self.received = [("first", "c1"), ("second", "c2"), ("second", "c2")]

    def lag(self) -> int:
        return 0

    def settled(self, within: float):
        pass

    def one_profile(self, identifier: str) -> dict[str, Any] | None:
        timeline = self.timelines.get(identifier)
        return {"id": identifier.removeprefix("user:"), "revision": {"user:ann": 3, "user:bob": 1}[identifier],
                "eventCount": len(set(timeline))} if timeline else None

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


def change(profile: str, revision: int, *events: str, partition: str = "events/ingest") -> dict[str, Any]:
    told = [{"messageId": id, "partition": partition, "offset": zlib.crc32(id.encode())} for id in events]
    return {"profileId": profile, "revision": revision, "events": told}


def inspect(hub: Pretended) -> Verdict:
    messages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, id in hub.received:
        messages[text][id] += 1
    inspector = Inspector(hub, SimpleNamespace(messages=messages))
    inspector.topics = {name: Written(values) for name, values in
                        (("events", hub.logged), ("commands", hub.commands), ("dead-letters", hub.letters), ("changes", hub.told))}
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
    (lambda hub: hub.told.pop(0), "untold"),
    (lambda hub: hub.told.pop(), "untold"),
    (lambda hub: hub.told.append(change("ann", 4)), "untold"),
    (lambda hub: hub.told.append(hub.told[-1]), "retold"),
    (lambda hub: hub.told.append(change("ann", 3)), "retold"),
    (lambda hub: hub.told.append(change("bob", 2, "m1")), "retold"),
    (lambda hub: hub.told.insert(0, hub.told.pop(2)), "retold"),
])
def test_what_is_wrong_is_found(change: Callable[[Pretended], Any], wrong: str):
    hub = Pretended()
    change(hub)
    verdict = inspect(hub)
    assert getattr(verdict, wrong) > 0 and not verdict.is_clean, verdict


def test_many_events_are_told_in_several_changes_of_one_revision():
    hub = Pretended()
    many = [f"n{number}" for number in range(FULL)]
    hub.told[2:3] = [change("ann", 2, *many), change("ann", 2, "m2")]
    assert inspect(hub).is_clean
    hub.told.insert(4, change("ann", 2))
    assert inspect(hub).retold == 1


def test_another_copy_of_an_event_may_be_told_of():
    hub = Pretended()
    hub.told[2:2] = [change("bob", 2, "r1", partition="events/ingest-2")]
    assert inspect(hub).retold == 0


def test_what_is_erased_may_have_told_anything():
    hub = Pretended()
    hub.told = [{"erased": True}, *hub.told[1:3]]
    assert inspect(hub).is_clean

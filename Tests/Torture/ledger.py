"""What was sent, what was acknowledged, and whether a hub still says the same."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from support import Hub
from support.segments import LogFiles


@dataclass
class Ledger:
    """The events of one population: per person the ids that were sent, and all ids that were acknowledged."""
    sent: dict[str, set[str]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sending(self, events: Iterable[tuple[str, str]]):
        with self.lock:
            for person, id in events:
                self.sent.setdefault(person, set()).add(id)

    def acknowledge(self, ids: Iterable[str]):
        with self.lock:
            self.acknowledged.update(ids)


@dataclass
class Verdict:
    """What an inspection found; anything but zeros in the last four is a violation."""
    acknowledged: int = 0
    lost_from_log: int = 0
    lost: int = 0
    doubled: int = 0
    invented: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost_from_log or self.lost or self.doubled or self.invented)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(*(mine + others for mine, others in zip(vars(self).values(), vars(other).values())))

    def __str__(self) -> str:
        return (f"{self.acknowledged} acknowledged, {self.lost_from_log} not on the log, {self.lost} without effect, "
                f"{self.doubled} with two, {self.invented} never sent")


class Inspector:
    """Compares ledgers with one hub: the log's own files, and what profile answers."""

    def __init__(self, data: Path):
        self.data = data
        self.events = LogFiles(data, "events")
        self.logged: set[str] = set()

    def inspect(self, hub: Hub, ledger: Ledger, within: float = 60) -> Verdict:
        """Waits until the hub has taken everything in, then compares."""
        hub.settled(within)
        self.logged.update(record.json["messageId"] for record in self.events.read())
        verdict = Verdict(acknowledged=len(ledger.acknowledged),
                          lost_from_log=len(ledger.acknowledged - self.logged))
        for person, sent in ledger.sent.items():
            verdict += compare(hub, person, sent, sent & ledger.acknowledged)
        return verdict


def compare(hub: Hub, person: str, sent: set[str], acknowledged: set[str]) -> Verdict:
    """One person's timeline, and the count that is kept beside it."""
    profile = hub.one_profile(f"user:{person}")
    seen = Counter(event["messageId"] for event in hub.events(f"user:{person}", limit=200)) if profile else Counter()
    doubled = sum(count - 1 for count in seen.values())
    if profile and profile["eventCount"] != len(seen):
        doubled += abs(profile["eventCount"] - len(seen))
    return Verdict(lost=len(acknowledged - seen.keys()), doubled=doubled, invented=len(seen.keys() - sent))

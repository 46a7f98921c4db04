"""What was sent, what was acknowledged, and whether a hub and those around it still say the same."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from support import Hub, eventually
from support.segments import LogFiles
from support.streams import LogStreams
from support.waiting import TookTooLong

from .changes import Changes
from .outside import BOUGHT, DESTINATION, SOURCE, Outside


@dataclass
class Ledger:
    """The events of one population.

    Per person the ids that were sent, and of all of them: those acknowledged, those written to the source's file, and those
    that kill whoever reads them.
    """
    sent: dict[str, set[str]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)
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
    """What an inspection found. What is counted there must be; what is `WRONG` must not."""
    acknowledged: int = 0
    written: int = 0
    commands: int = 0
    received: int = 0
    lost_from_log: int = 0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    misread: int = 0
    unsaid: int = 0
    said_again: int = 0
    unanswered: int = 0
    misdelivered: int = 0
    buried: int = 0
    untold: int = 0
    retold: int = 0

    WRONG = ("lost_from_log", "lost", "doubled", "invented", "misread", "unsaid", "said_again", "unanswered",
             "misdelivered", "buried", "untold", "retold")

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, name) for name in self.WRONG)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(*(mine + others for mine, others in zip(vars(self).values(), vars(other).values())))

    def __str__(self) -> str:
        return (f"{self.acknowledged} acknowledged ({self.lost_from_log} not on the log, {self.lost} without effect, "
                f"{self.doubled} with two, {self.invented} never sent), {self.written} of them from a file ({self.misread} not once "
                f"on the log), {self.commands} commands ({self.unsaid} missing, {self.said_again} too many, {self.unanswered} "
                f"without one outcome), {self.received} received ({self.misdelivered} wrong), {self.buried} odd dead letters, "
                f"{self.untold} changes missing, {self.retold} told again")


class Inspector:
    """Compares ledgers with one hub: the log itself, what profile answers, and what was received outside.

    The rules' messages are compared over all populations at once, so that what is said again much later is found, too.
    """

    def __init__(self, hub: Hub, outside: Outside, reader: Callable[[str], LogFiles | LogStreams] | None = None):
        self.hub = hub
        self.outside = outside
        reader = reader or (lambda topic: LogFiles(hub.data, topic))
        self.topics = {topic: reader(topic) for topic in ("events", "commands", "dead-letters", "changes")}
        self.logged: Counter[str] = Counter()
        #: What rules have to say, as (rule, person) for newcomers and (rule, person, event) for the rest.
        self.due: set[tuple[str, ...]] = set()
        self.said: Counter[tuple[str, ...]] = Counter()
        self.commands: defaultdict[str, set[str]] = defaultdict(set)
        self.outcomes: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.letters: list[dict[str, Any]] = []
        #: The ids of all events on the log, and what was told of them.
        self.taken: set[str] = set()
        self.changes = Changes()
        self.poison: set[str] = set()
        self.told = (0, 0)

    def inspect(self, ledger: Ledger, within: float = 120) -> Verdict:
        """Waits until the hub has taken everything in and said what it has to say, then compares."""
        self.poison |= ledger.poison
        try:
            eventually(lambda: self.is_through(ledger), within)
        except TookTooLong:
            pass  # What is missing is counted.
        self.hub.settled(within)
        self.read()
        verdict = self.of_log(ledger) + self.of_messages() + self.of_changes()
        for person, sent in ledger.sent.items():
            verdict += self.of_person(person, sent, sent & ledger.acknowledged - ledger.poison)
        return verdict

    def is_through(self, ledger: Ledger) -> bool:
        """Whether nothing is under way any more."""
        if self.hub.lag():
            return False
        self.read()
        return (ledger.written <= self.logged.keys() and self.due <= self.said.keys()
                and set().union(*self.commands.values()) <= self.outcomes.keys() and not self.of_changes().untold)

    def read(self):
        """Takes note of what has come to the log."""
        for event in self.values("events"):
            self.note(event)
        for command in self.values("commands"):
            person = command["identifier"].removeprefix("user:")
            self.said[(command["rule"], person, *([command["causedBy"]] if command["rule"] == "bought" else []))] += 1
            self.commands[person].add(command["id"])
        self.letters += self.values("dead-letters")
        for record in self.topics["changes"].read():
            self.changes.note(record.json)

    def values(self, topic: str) -> Iterator[dict[str, Any]]:
        """What has come to a topic since the last reading, but for what is left of who is erased."""
        return (value for record in self.topics[topic].read() if not (value := record.json).get("erased"))

    def note(self, event: dict[str, Any]):
        self.taken.add(event["messageId"])
        if event["source"] == DESTINATION:
            self.outcomes[event["event"]["properties"]["commandId"]].append(event)
            return
        self.logged[event["messageId"]] += 1
        if event["source"] != SOURCE and "userId" in event["event"]:
            person = event["event"]["userId"]
            self.due.add(("newcomer", person))
            if event.get("name") == BOUGHT:
                self.due.add(("bought", person, event["messageId"]))

    def of_log(self, ledger: Ledger) -> Verdict:
        buried = Counter(message_id(letter) for letter in self.letters if letter["code"] == "poison")
        return Verdict(
            acknowledged=len(ledger.acknowledged), written=len(ledger.written),
            lost_from_log=len(ledger.acknowledged - self.logged.keys()),
            misread=sum(self.logged[id] != 1 for id in ledger.written),
            buried=len(self.letters) - buried.total() + sum(buried[id] != 1 for id in self.poison | buried.keys())
            + len(buried.keys() - self.poison))

    def odd_letters(self) -> list[str]:
        """What the dead letters say that nobody reckoned with."""
        return [f"{letter['service']}: {letter['code']}: {letter['reason']} {letter['payload'][:500]}"
                for letter in self.letters if letter["code"] != "poison"]

    def of_messages(self) -> Verdict:
        """One command for each that is due, one outcome for each command, and each message under one id."""
        commands = set().union(*self.commands.values())
        sent = {id for id, outcomes in self.outcomes.items() if [event["name"] for event in outcomes] == ["Message Sent"]}
        messages = {text: dict(ids) for text, ids in list(self.outside.messages.items())}
        ids = Counter(id for of_message in messages.values() for id in of_message)
        requests = sum(sum(of_message.values()) for of_message in messages.values())
        verdict = Verdict(
            # What was there before is in the verdicts before.
            commands=len(commands) - self.told[0], received=requests - self.told[1],
            unsaid=len(self.due - self.said.keys()),
            said_again=self.said.total() - len(self.said) + len(self.said.keys() - self.due),
            unanswered=len(commands ^ sent),
            misdelivered=sum(len(of_message) != 1 for of_message in messages.values())
            + sum(count != 1 for count in ids.values()) + len(ids.keys() ^ commands))
        self.told = len(commands), requests
        return verdict

    def of_changes(self) -> Verdict:
        """Each event that was taken in is told of, and nothing twice or in another order."""
        return Verdict(untold=self.changes.untold(self.taken - self.poison), retold=self.changes.retold)

    def of_person(self, person: str, sent: set[str], acknowledged: set[str]) -> Verdict:
        """One person's timeline, and the count that is kept beside it; what was said to them is in it as well."""
        told = {event["messageId"] for id in self.commands[person] for event in self.outcomes[id]}
        profile = self.hub.one_profile(f"user:{person}")
        seen = Counter(event["messageId"] for event in self.hub.events(f"user:{person}", limit=200)) if profile else Counter()
        doubled = sum(count - 1 for count in seen.values())
        if profile and profile["eventCount"] != len(seen):
            doubled += abs(profile["eventCount"] - len(seen))
        return Verdict(lost=len((acknowledged | told) - seen.keys()), doubled=doubled,
                       invented=len(seen.keys() - sent - told), untold=int(bool(profile) and not self.changes.is_latest(profile)))


def message_id(letter: dict[str, Any]) -> str | None:
    """The id of the event that a dead letter keeps."""
    try:
        return json.loads(letter["payload"])["messageId"]
    except (ValueError, KeyError, TypeError):
        return None

"""People who can be told apart by every byte that is theirs, and a load of what they do."""

import json
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from support import Hub

from .load import Load
from .outside import BOUGHT, Outside

#: What every marker looks like; it stands nowhere but in what is somebody's.
MARKER = re.compile(rb"zqx[0-9a-f]{12}")
#: The first of the times at which people use the tablets that they share.
MORNING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """Somebody with a login, a mail address and a phone of their own, and a tablet that is a neighbour's in turn."""
    number: int
    marker: str

    @property
    def user(self) -> str:
        return f"{self.marker}-login"

    @property
    def email(self) -> str:
        return f"{self.marker}@mail.example"

    @property
    def phone(self) -> str:
        return f"{self.marker}-phone"

    @property
    def tablet(self) -> str:
        return f"tablet-{self.number // 2}"

    @property
    def names(self) -> list[str]:
        return [f"user:{self.user}", f"email:{self.email}", f"anonymous:{self.phone}"]


class Town(Load):
    """What the people of a town do, all the time; ``mentions`` has for each event that tells of others whom it tells of.

    Nobody's marker is in what anybody else does, but for mail addresses that are whole values.
    """

    def __init__(self, hub: Hub, outside: Outside, people: int, random: Random, pause: float = 0.15):
        super().__init__(hub, outside, "town", people=people)
        self.pause = pause
        self.folk = [Person(number, f"zqx{random.getrandbits(48):012x}") for number in range(people)]
        self.mentions: dict[str, list[Person]] = {}
        #: Those whose turns on a tablet are over, and how many batches with such turns are on their way.
        self.left: set[Person] = set()
        self.turns: Counter[Person] = Counter()
        self.changed = threading.Condition()
        #: How often each tablet has changed hands; a sender makes its turns later than all before.
        self.uses: Counter[str] = Counter()

    def introduce(self):
        """Everybody says who they are, and tells of a friend; then everybody is known."""
        events = [self.introduction(person) for person in self.folk]
        self.ledger.sending((event["userId"], event["messageId"]) for event in events)
        self.hub.send(events)
        self.ledger.acknowledge(event["messageId"] for event in events)
        self.hub.settled()

    def leave(self, person: Person):
        """Returns once every turn of the person on a tablet is taken, and there will be none any more.

        What happens on it while a login is kept from the log says nothing of who it was.
        """
        with self.changed:
            self.left.add(person)
            assert self.changed.wait_for(lambda: not self.turns[person], 300), "a turn on a tablet is not taken"

    # What is sent.

    def write(self):
        """Adds to the file of the source, whether anybody reads it or not."""
        number = 0
        while not self.stopping.wait(0.03):
            person = self.folk[number % self.people]
            id = f"{person.marker}-return-{number}"
            self.ledger.sending([(person.user, id)])
            self.outside.write(person.user, id)
            self.ledger.written.add(id)
            self.ledger.acknowledge([id])
            number += 1

    def make(self, sender: int, turn: int) -> tuple[list[str], bytes]:
        start = sender * 7 + turn * (self.batch - 4)
        doings = [self.doing(self.folk[(start + place) % self.people], turn + place) for place in range(self.batch - 4)]
        if turn % 5 == 0:
            doings[0] = (doings[0][0], {**self.said(doings[0][0], "track"), "event": BOUGHT})
        for person in self.neighbours(start // 2):
            doings += self.on_tablet(person)
        while len(doings) < self.batch:
            doings.append(self.doing(self.folk[(start + len(doings)) % self.people], 0))
        events = [event for _, event in doings]
        self.ledger.sending((person.user, event["messageId"]) for person, event in doings)
        return [event["messageId"] for event in events], json.dumps({"batch": events}).encode()

    def deliver(self, ids: list[str], body: bytes):
        owners = [person for person in self.folk if any(id.startswith(f"{person.marker}-turn-") for id in ids)]
        super().deliver(ids, body)
        with self.changed:
            self.turns.subtract(owners)
            self.changed.notify_all()
        time.sleep(self.pause)

    def said(self, person: Person, type: str, **more: Any) -> dict[str, Any]:
        """An event with the person's login and something of the person's everywhere."""
        return {"type": type, "userId": person.user, "messageId": f"{person.marker}-{uuid.uuid4()}",
                "properties": {"note": f"of {person.marker}", "price": 2.10}, **more}

    def introduction(self, person: Person) -> dict[str, Any]:
        friend = self.other(person, 2)
        event = self.said(person, "identify", anonymousId=person.phone, traits={
            "email": person.email, "name": f"N. {person.marker}", "friend": friend.email, "city": "Ulm"})
        self.mentions[event["messageId"]] = [friend]
        return event

    def doing(self, person: Person, kind: int) -> tuple[Person, dict[str, Any]]:
        """One of the things that people do."""
        match kind % 8:
            case 0:
                event = self.said(person, "identify", anonymousId=person.phone, traits={
                    "email": person.email.upper(), "address": {"street": f"{person.marker} street 1"}, self.name(person, "likes"): 1})
            case 1:
                event = self.said(person, "page", anonymousId=person.phone, name=self.name(person, "page"),
                                  context={"page": {"path": f"/{person.marker}"}})
                del event["userId"]
            case 2:
                event = self.mention(person, [self.other(person, 3), self.other(person, 6), self.other(person, kind)])
            case 3:
                # To one's own address: another's would be ambiguous from then on, and nobody's.
                event = self.said(person, "track", event="Order Completed", properties={
                    "note": f"of {person.marker}", "email": person.email, "total": 7})
            case _:
                event = self.said(person, "track", event="Item Viewed", anonymousId=person.phone)
        return person, event

    def mention(self, person: Person, others: list[Person]) -> dict[str, Any]:
        """A message that lists who got it."""
        event = self.said(person, "track", event="Message Posted", properties={
            "note": f"of {person.marker}", "price": 2.10, "n": 9007199254740993,
            "to": others[0].email, "cc": [other.email for other in others[1:]]})
        self.mentions[event["messageId"]] = others
        return event

    def on_tablet(self, person: Person) -> list[tuple[Person, dict[str, Any]]]:
        """A turn of the person: a login, and then something that does not say who does it."""
        with self.changed:
            if person in self.left:
                return []
            self.turns[person] += 1
            self.uses[person.tablet] += 1
            moment = MORNING + timedelta(minutes=self.uses[person.tablet])
        login = self.said(person, "identify", anonymousId=person.tablet, timestamp=moment.isoformat())
        page = self.said(person, "page", anonymousId=person.tablet, name=self.name(person, "tablet"),
                         timestamp=(moment + timedelta(seconds=30)).isoformat(), messageId=f"{person.marker}-turn-{uuid.uuid4()}")
        del page["userId"]
        return [(person, login), (person, page)]

    def name(self, person: Person, kind: str) -> str:
        """The name of a page or a trait."""
        return f"{kind} of {person.marker}"

    # Who is who.

    def neighbour(self, person: Person) -> Person:
        """With whom the person shares a tablet."""
        return self.folk[person.number ^ 1]

    def other(self, person: Person, distance: int) -> Person:
        """Somebody else; of a distance of several tablets."""
        place = (person.number + max(distance % self.people, 2)) % self.people
        return self.folk[place]

    def neighbours(self, number: int) -> list[Person]:
        """Those who share a tablet."""
        first = number % (self.people // 2) * 2
        return self.folk[first:first + 2]


def remains(data: Path, people: Iterable[Person]) -> dict[str, tuple[int, bytes]]:
    """In each file of the data directory how many bytes of markers of some people are left, and the first with what is around it."""
    markers = {person.marker.encode() for person in people}
    found = {}
    for file in sorted(data.rglob("*")):
        try:
            content = file.read_bytes().lower() if file.is_file() else b""
        except FileNotFoundError:
            continue  # It has gone meanwhile.
        hits = [hit for hit in MARKER.finditer(content) if hit[0] in markers]
        if hits:
            sample = content[max(hits[0].start() - 120, 0):hits[0].end() + 80]
            found[str(file.relative_to(data))] = (sum(len(hit[0]) for hit in hits), sample)
    return found

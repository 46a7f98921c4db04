"""What people do, and when it reaches us: visits, orders, records, mails and chats, some late, some delivered twice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from random import Random

from .people import Person

DAY = 86_400_000
#: The touches that are planned at a time.
CHAPTER = 1_000_000


class Kind(Enum):
    """One kind of touch: the source that reports it, and the call that it reports it with."""
    PAGE = ("web", "page")
    ACTION = ("web", "track")
    LOGIN = ("web", "identify")
    ALIAS = ("mobile", "alias")
    TAP = ("mobile", "track")
    ORDER = ("shop", "track")
    CONTACT = ("crm", "identify")
    MAIL = ("email", "track")
    CHAT_START = ("chat", "identify")
    CHAT = ("chat", "track")
    NEWSLETTER = ("news", "identify")

    @property
    def source(self) -> str:
        return self.value[0]

    @property
    def call(self) -> str:
        return self.value[1]


@dataclass(slots=True)
class Touch:
    """One thing that happened. ``device`` counts the person's devices, or from -1 downwards the kiosks; for a record it is which copy."""
    arrival: int
    time: int
    person: Person
    kind: Kind
    device: int = 0
    signed_in: bool = False
    late: bool = False
    again: "Touch | None" = None
    is_repeated: bool = False


def schedule(people: list[Person], options, random: Random) -> Iterator[Touch]:
    """Exactly ``options.events`` touches in order of arrival; every person shows up in at least one identified source.

    A long stream comes in chapters of equal length, so that it need not be in memory: each has its share of the time, and of the
    people who show up for the first time; those who did before come back.
    """
    chapters = -(-options.events // CHAPTER)
    waiting: list[Touch] = []
    for number in range(chapters):
        part = chapter(options, number, chapters)
        known = people[:len(people) * (number + 1) // chapters]
        touches = plan(known, len(people) * number // chapters, part, random)
        touches += waiting
        touches.sort(key=lambda touch: touch.arrival)
        end = part.start + int(part.days * DAY) if number + 1 < chapters else None
        # What is delivered after the chapter's end comes among what the next one brings.
        waiting = [touch for touch in touches if end is not None and touch.arrival >= end]
        yield from (touch for touch in touches if end is None or touch.arrival < end)


def chapter(options, number: int, chapters: int):
    """The options of one chapter: its share of the events and of the time."""
    days = options.days / chapters
    first, last = (options.events * place // chapters for place in (number, number + 1))
    return replace(options, events=last - first, start=options.start + int(number * days * DAY), days=days)


def plan(people: list[Person], newcomers: int, options, random: Random) -> list[Touch]:
    """The touches of a chapter, in no order; the people from a place on have never been here before."""
    planner = Planner(people, options, random)
    for person in people[newcomers:]:
        if len(planner.touches) >= options.events:
            break
        planner.introduce(person)
    while len(planner.touches) < options.events:
        planner.visit(planner.someone())
    return planner.touches[:options.events]


class Planner:
    def __init__(self, people: list[Person], options, random: Random):
        self.people = people
        self.options = options
        self.draw = random.random
        self.touches: list[Touch] = []

    def someone(self) -> Person:
        """Half of all touches come from the few who come often."""
        x = self.draw()
        return self.people[int((x * x if self.draw() < 0.5 else x) * len(self.people))]

    def some_time(self) -> int:
        return self.options.start + int(self.draw() * self.options.days * DAY)

    def put(self, time: int, person: Person, kind: Kind, device: int = 0, signed_in: bool = False):
        late = self.draw() < self.options.late_rate
        delay = 40 + int(self.draw() * 400)
        if late:
            delay += int(self.options.late_hours * 3_600_000 * self.draw() ** 3)
        touch = Touch(time + delay, time, person, kind, device, signed_in, late)
        self.touches.append(touch)
        if self.draw() < self.options.redelivery_rate:
            touch.is_repeated = True
            again = touch.arrival + 1000 + int(self.draw() * 600_000)
            self.touches.append(Touch(again, time, person, kind, device, signed_in, late, again=touch))

    def introduce(self, person: Person):
        time, x = self.some_time(), self.draw()
        if x < 0.35:
            self.put(time, person, Kind.ORDER)
        elif x < 0.75:
            self.put(time, person, Kind.CONTACT, device=self.either_contact(person))
        elif x < 0.85:
            self.put(time, person, Kind.MAIL)
        elif x < 0.90:
            self.chat(time, person)
        else:
            self.put(time, person, Kind.NEWSLETTER)
        if len(person.contacts) > 1:
            self.put(self.some_time(), person, Kind.CONTACT, device=1)

    def visit(self, person: Person):
        time, x = self.some_time(), self.draw()
        if x < 0.60:
            self.browse(time, person)
        elif x < 0.72:
            self.tap(time, person)
        elif x < 0.80:
            self.put(time, person, Kind.ORDER)
        elif x < 0.86:
            self.put(time, person, Kind.CONTACT, device=self.either_contact(person))
        elif x < 0.93:
            self.put(time, person, Kind.MAIL)
        elif x < 0.97:
            self.chat(time, person)
        else:
            self.put(time, person, Kind.NEWSLETTER)

    def either_contact(self, person: Person) -> int:
        return 1 if len(person.contacts) > 1 and self.draw() < 0.5 else 0

    def browse(self, time: int, person: Person):
        kiosk = self.draw() < self.options.kiosk_rate
        device = -1 - int(self.draw() * self.options.kiosks) if kiosk else int(self.draw() * len(person.devices))
        steps = 1 + int(self.draw() * self.draw() * 8)
        login = int(self.draw() * steps) if self.draw() < self.options.login_rate else steps
        for step in range(steps):
            time += 1500 + int(self.draw() * 60_000)
            if step == login:
                self.put(time, person, Kind.LOGIN, device, signed_in=True)
                time += 300
            self.put(time, person, Kind.PAGE if self.draw() < 0.6 else Kind.ACTION, device, signed_in=step >= login)

    def tap(self, time: int, person: Person):
        device = int(self.draw() * len(person.devices))
        signed_in = self.draw() < self.options.login_rate
        if signed_in and not person.aliased:
            self.put(time, person, Kind.ALIAS, device, signed_in=True)
            person.aliased = True
        for _ in range(1 + int(self.draw() * 5)):
            time += 800 + int(self.draw() * 30_000)
            self.put(time, person, Kind.TAP, device, signed_in)

    def chat(self, time: int, person: Person):
        self.put(time, person, Kind.CHAT_START)
        for _ in range(int(self.draw() * 4)):
            time += 4000 + int(self.draw() * 90_000)
            self.put(time, person, Kind.CHAT)

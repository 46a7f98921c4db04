"""The truth: households of people, and every identifier that the systems may come to know them by."""

from dataclasses import dataclass, field
from random import Random

from . import names

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Person:
    number: int
    household: int
    first: str
    last: str
    birthday: str
    street: str
    city: str
    state: str
    postcode: str
    email: str
    phone: str
    user: str
    customer: str
    subscriber: str
    contacts: list[str]
    devices: list[str]
    work_email: str | None = None
    family_email: str | None = None
    role_email: str | None = None
    landline: str | None = None
    aliased: bool = False

    @property
    def chat_handle(self) -> str:
        """Every second person chats with a phone number, the others with a handle of their own."""
        if self.number % 2:
            return f"whatsapp:+1{self.phone}"
        return f"tg:{names.plain(self.first)}_{base36(self.number)}"


@dataclass(slots=True)
class Home:
    """What the people of one household have in common."""
    last: str
    street: str
    city: str
    state: str
    postcode: str
    family_email: str | None
    landline: str | None
    taken: set[str] = field(default_factory=set)


def base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
        if not number:
            return digits


def scrambled(number: int) -> int:
    """A fixed, well spread 64-bit image of a number."""
    mask = (1 << 64) - 1
    number = (number + 0x9E3779B97F4A7C15) & mask
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & mask
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & mask
    return number ^ (number >> 31)


def uuid(random: Random) -> str:
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def populate(count: int, options, random: Random) -> list[Person]:
    """People in households of one to five."""
    pick = Picker(random)
    people: list[Person] = []
    household = 0
    while len(people) < count:
        size = min(pick.household_size(), count - len(people))
        home = make_home(household, size, options, pick)
        for member in range(size):
            people.append(make_person(len(people), household, member, home, count, options, pick))
        household += 1
    return people


class Picker:
    """Draws from word lists, the first names and last names with the uneven weights that names have."""

    def __init__(self, random: Random):
        self.random = random
        self.draw = random.random
        self.first = uneven(names.FIRST, 0.55)
        self.last = uneven(names.LAST, 0.75)

    def one(self, words):
        return words[int(self.draw() * len(words))]

    def household_size(self) -> int:
        x = self.draw()
        return next(size for size, upto in ((1, 0.45), (2, 0.75), (3, 0.87), (4, 0.96), (5, 1.0)) if x < upto)

    def surname(self) -> str:
        if self.draw() < 0.75:
            return self.one(self.last)
        return "".join(self.one(names.SYLLABLES) for _ in range(2 + int(self.draw() * 2)))


def uneven(words: list[str], slope: float) -> list[str]:
    """The words repeated so that a uniform draw falls on the k-th in proportion to 1/k^slope."""
    weights = [1.0 / (rank + 2) ** slope for rank in range(len(words))]
    total = sum(weights)
    return [word for word, weight in zip(words, weights) for _ in range(max(1, round(weight / total * 4096)))]


def make_home(household: int, size: int, options, pick: Picker) -> Home:
    last = pick.surname()
    family = f"the.{names.plain(last)}.family.{base36(household)}@{pick.one(names.MAILBOXES)}"
    landline = f"{200 + household // 10000 % 790}556{household % 10000:04d}"
    return Home(
        last=last,
        street=f"{1 + int(pick.draw() * 999)} {pick.one(names.STREETS)} {pick.one(names.WAYS)}",
        city=pick.one(names.CITIES), state=pick.one(names.STATES), postcode=f"{10000 + int(pick.draw() * 80000)}",
        family_email=family if size > 1 and pick.draw() < options.family_rate else None,
        landline=landline if size > 1 and pick.draw() < 0.35 else None)


def make_person(number: int, household: int, member: int, home: Home, count: int, options, pick: Picker) -> Person:
    draw = pick.draw
    first = first_name(member, home, pick)
    last = home.last if member == 0 or draw() < 0.82 else pick.surname()
    year = 1940 + int(draw() * 65) if member < 2 else 1985 + int(draw() * 23)
    given, family, mark = names.plain(first), names.plain(last), base36(number)
    mailbox = (f"{given}.{family}{mark}", f"{given[0]}{family}{mark}", f"{given}{mark}", f"{family}_{given}{mark}")
    company = f"{pick.one(names.COMPANIES)}{int(draw() * 500)}.example"
    return Person(
        number=number, household=household, first=first, last=last,
        birthday=f"{year}-{1 + int(draw() * 12):02d}-{1 + int(draw() * 28):02d}",
        street=home.street, city=home.city, state=home.state, postcode=home.postcode,
        email=f"{pick.one(mailbox)}@{pick.one(names.MAILBOXES)}",
        phone=f"{200 + number // 10000 % 790}555{number % 10000:04d}",
        user=f"u_{base36(scrambled(number + 7) >> 24)}", customer=f"cus_{base36(scrambled(number + 11) >> 20)}",
        subscriber=f"sub_{500_000 + number}",
        contacts=[f"003{number * 3 + copy:012d}" for copy in range(1, 3 if draw() < options.duplicate_rate else 2)],
        devices=[uuid(pick.random) for _ in range(1 + int(draw() * draw() * 4))],
        work_email=f"{given}.{family}.{mark}@{company}" if draw() < 0.3 else None,
        family_email=home.family_email, landline=home.landline,
        role_email=role_mailbox(count, pick) if draw() < options.role_rate else None)


def first_name(member: int, home: Home, pick: Picker) -> str:
    """Different in one household, but for the few who are named after a parent."""
    first = pick.one(pick.first)
    while first in home.taken:
        first = pick.one(pick.first)
    if member == 0 or pick.draw() >= 0.02:
        home.taken.add(first)
    return first


def role_mailbox(count: int, pick: Picker) -> str:
    return f"info@{pick.one(names.COMPANIES)}{int(pick.draw() * max(3, count // 400))}.example"

"""The product as a story: sixty people whom four systems know in part, and one profile for each of them.

They browse a shop (Segment's SDK), stand in the CRM (a CSV file), order (an NDJSON file) and write to each other (IMAP).
No system has everybody, and no two call a person by the same name.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, format_datetime
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

import pytest

from support import Hub, eventually
from support.hub import SERVICES
from support_dovecot import Dovecot
from test_clients import HERE, INSTALLED

PEOPLE, STRANGERS, MAILS = 60, 10, 500

CONFIGURATION = """\
sources:
  - name: crm
    type: csv
    path: contacts.csv
    userNamespace: crm.contact
    mapping:
      userId: id
      email: e-mail
      traits: {{name: full name, stage: stage}}
  - name: orders
    type: ndjson
    path: orders.ndjson
    mapping:
      event: Order Completed
      messageId: number
      timestamp: at
      email: buyer.mail
      properties: {{total: total}}
  - name: mail
    type: imap
    host: 127.0.0.1
    port: {port}
    security: none
    user: reader
    password: secret
    ignore: [desk@shop.example]
"""


@dataclass
class Person:
    """What the four systems have of one person; nothing where a system does not know them."""
    number: int

    name = property(lambda self: f"Person {self.number}")
    email = property(lambda self: f"person.{self.number}@mail.example")
    device = property(lambda self: f"device-{self.number}")
    user = property(lambda self: f"account-{self.number}" if self.number < 40 else None)
    contact = property(lambda self: f"C-{self.number:04}" if self.number >= 10 else None)
    orders = property(lambda self: self.number % 4 if self.number < 50 else 0)
    pages = property(lambda self: 1 + self.number % 5)

    @property
    def identifiers(self) -> list[str]:
        """Everything that somebody may ask for this person by."""
        known = [f"email:{self.email}"]
        if self.user:
            known += [f"user:{self.user}", f"anonymous:{self.device}"]
        if self.contact:
            known.append(f"crm.contact:{self.contact}")
        return known

    def events(self, mails: list[list["Person"]]) -> int:
        visits = self.pages + 2 if self.user else 0
        return visits + (1 if self.contact else 0) + self.orders + sum(self in mail for mail in mails)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [Person(number) for number in range(PEOPLE)]


@pytest.fixture(scope="module")
def mails(people: list[Person]) -> list[list[Person]]:
    """Who writes to whom: the sender first, then one to three others. Everybody writes at least once."""
    random = Random(60)
    senders = people + random.choices(people, k=MAILS - PEOPLE)
    return [[sender, *random.sample([other for other in people if other is not sender], random.randint(1, 3))]
            for sender in senders]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, people: list[Person], mails: list[list[Person]]) -> Iterator[Hub]:
    """An instance that all four systems have told what they know."""
    data = tmp_path_factory.mktemp("story") / "data"
    with Dovecot() as dovecot:
        dovecot.deliver("reader", [bytes(message(number, mail)) for number, mail in enumerate(mails)])
        hub = Hub(data, CONFIGURATION.format(port=dovecot.plain))
        write_contacts(data / "contacts.csv", people)
        write_orders(data / "orders.ndjson", people)
        with hub:
            browse(hub, people)
            expected = sum(person.events(mails) for person in people) + STRANGERS
            eventually(lambda: hub.status()["events"] >= expected, 180, lambda: f"{expected} events, not {hub.status()}")
            hub.settled()
            yield hub


def message(number: int, mail: list[Person]) -> EmailMessage:
    sender, *recipients = mail
    written = EmailMessage()
    written["Message-ID"] = f"<story-{number}@mail.example>"
    written["Date"] = format_datetime(datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(hours=number))
    # Mail programs write addresses as they like.
    written["From"] = formataddr((sender.name, sender.email.upper() if number % 3 == 0 else sender.email))
    written["To"] = ", ".join(recipient.email for recipient in recipients)
    written["Cc"] = "Service Desk <desk@shop.example>"
    written["Subject"] = f"Matter {number}"
    written.set_content("A body that nobody reads.")
    return written


def write_contacts(path: Path, people: list[Person]):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "full name", "e-mail", "stage"])
        for person in people:
            if person.contact:
                rows.writerow([person.contact, person.name, f" {person.email.title()} ", "customer"])


def write_orders(path: Path, people: list[Person]):
    with open(path, "w") as file:
        for person in people:
            for order in range(person.orders):
                file.write(json.dumps({
                    "number": f"order-{person.number}-{order}", "at": f"2026-04-{order + 1:02}T12:00:00Z",
                    "buyer": {"mail": person.email.upper()}, "total": 19.9 + order}) + "\n")


def browse(hub: Hub, people: list[Person]):
    visits: list[dict] = [{"device": person.device, "user": person.user, "email": person.email, "pages": ["Home"] * person.pages}
              for person in people if person.user]
    visits += [{"device": f"stranger-{number}", "pages": ["Home"]} for number in range(STRANGERS)]
    subprocess.run([sys.executable, HERE / "clients" / "visit.py", hub.ingest, hub.write_key], check=True, text=True,
                   input=json.dumps(visits), env={**os.environ, "PYTHONPATH": str(INSTALLED / "segment-2.4.0")}, timeout=600)


def test_there_is_one_profile_for_each_person_and_for_each_stranger(shop: Hub):
    assert len(list(shop.export())) == shop.status()["profiles"] == PEOPLE + STRANGERS


def test_any_identifier_leads_to_the_same_profile(shop: Hub, people: list[Person]):
    found = {person.number: {shop.one_profile(identifier)["id"] for identifier in person.identifiers} for person in people}
    assert all(len(ids) == 1 for ids in found.values()), found
    assert len(set.union(*found.values())) == PEOPLE


def test_each_timeline_has_everything_once_and_in_the_order_of_time(
    shop: Hub, people: list[Person], mails: list[list[Person]]
):
    for person in people:
        events = list(shop.events(f"email:{person.email}", limit=100))
        assert len(events) == len({event["messageId"] for event in events}) == person.events(mails), person
        times = [event["time"] for event in events]
        assert times in (sorted(times), sorted(times, reverse=True))


def test_traits_come_from_every_system(shop: Hub):
    profile = shop.one_profile("user:account-20")
    assert profile["traits"]["name"] == "Person 20" and profile["traits"]["stage"] == "customer"
    assert profile["traits"]["email"].lower() == "person.20@mail.example"
    assert {"crm", "mail"} < set(profile["sources"]) and len(profile["sources"]) == 3


def test_people_who_wrote_to_each_other_are_not_one(shop: Hub, mails: list[list[Person]]):
    sender, recipient, *_ = mails[0]
    assert shop.one_profile(f"email:{sender.email}")["id"] != shop.one_profile(f"email:{recipient.email}")["id"]


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_needed_to_restart_or_to_complain(shop: Hub, service: str):
    errors = [line for line in shop.log_of(service).splitlines() if '"level":"error"' in line.replace(" ", "")]
    assert errors == []

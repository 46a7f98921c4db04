"""An IMAP mailbox on a real Dovecot: who wrote to whom becomes one event for each person, exactly once."""

import calendar
import datetime
import email.message
import email.policy
import email.utils
import os
import random
import time

import pytest

from support.waiting import eventually
from support_connector import Connector, identifiers
from support_dovecot import Dovecot

NAMES = ["Ada Lovelace", "김서연", "Zoë Müller", "O'Brien, Pat", "José \"Pepe\" García", "", "李小龍"]
MAILBOX = "support@hub.test"
START = 1_750_000_000


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot() as server:
        yield server


@pytest.fixture
def connector(tmp_path):
    running = Connector(tmp_path / "data")
    yield running
    running.stop()


def configured(dovecot: Dovecot, user: str, more: str = "", port: int | None = None) -> str:
    return ("sources:\n"
            f"  - {{name: mailbox, type: imap, host: localhost, port: {port or dovecot.encrypted}, user: {user},"
            f" password: secret, authorities: {dovecot.authority}, interval: 300ms{more}}}\n")


class Correspondence:
    """Messages between people, and what they must become."""

    def __init__(self, people: int, messages: int, seed: int = 7):
        chance = random.Random(seed)
        self.people = [(NAMES[n % len(NAMES)], f"person{n}@example.com") for n in range(people)]
        self.messages: list[bytes] = []
        #: (address, Message-ID) → (role, thread, name, time)
        self.expected: dict[tuple[str, str], tuple[str, str, str, int]] = {}
        threads: list[list[str]] = []
        for number in range(messages):
            # Everybody writes at least once.
            sender = self.people[number % people] if number < people else chance.choice(self.people)
            others = chance.sample([person for person in self.people if person != sender], chance.randint(0, 3))
            thread = chance.choice(threads) if threads and chance.random() < 0.5 else []
            self.add(number, sender, others, thread)
            if not thread:
                threads.append(thread)

    def add(self, number: int, sender, others, thread: list[str]):
        identifier = f"m{number}@example.com"
        moment = START + number * 60
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["Message-ID"] = f"<{identifier}>"
        message["From"] = email.utils.formataddr(sender)
        message["Subject"] = f"안녕 message {number}: " + "long " * (number % 30)
        message["Date"] = email.utils.format_datetime(email.utils.localtime(
            datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)))
        message["To"] = ", ".join([MAILBOX, *(email.utils.formataddr(person) for person in others[:2])])
        if others[2:]:
            message["Cc"] = ", ".join(email.utils.formataddr(person) for person in others[2:])
        if thread:
            message["In-Reply-To"] = f"<{thread[-1]}>"
            message["References"] = " ".join(f"<{entry}>" for entry in thread)
        message.set_content("Body with person0@example.com in it.\n" * 5)
        self.messages.append(message.as_bytes())
        root = thread[0] if thread else identifier
        thread.append(identifier)
        roles = [("from", sender), ("to", ("", MAILBOX)), *(("to", person) for person in others[:2]),
                 *(("cc", person) for person in others[2:])]
        for role, (name, address) in roles:
            self.expected[address, identifier] = (role, root, name, moment)

    def check(self, events: list[dict]):
        """Exactly the expected events: each once, with the identifier of one person and of nobody else."""
        found = {}
        for event in events:
            [identifier] = identifiers(event)
            inner = event["event"]
            properties = inner["properties"]
            assert event["source"] == "mailbox" and event["type"] == "track"
            assert "userId" not in inner and "anonymousId" not in inner
            assert set(inner["context"].get("traits", {})) <= {"name"}
            name = inner["context"].get("traits", {}).get("name", "")
            assert event["name"] == ("Email Sent" if properties["role"] == "from" else "Email Received")
            moment = time.strptime(event["timestamp"].split(".")[0], "%Y-%m-%dT%H:%M:%S")
            key = identifier.removeprefix("email:"), properties["messageId"]
            assert key not in found, "each once"
            found[key] = properties["role"], properties["threadId"], name, calendar.timegm(moment)
        assert found == self.expected
        assert len({event["messageId"] for event in events}) == len(events)


def test_makes_one_event_for_each_person_of_each_message(dovecot, connector):
    letters = Correspondence(people=60, messages=500)
    dovecot.deliver("all", letters.messages)
    connector.configure(configured(dovecot, "all"))
    connector.start()
    events = connector.await_events(len(letters.expected), 60)
    letters.check(events)
    assert len({identifiers(event)[0] for event in events}) == 61
    assert events[0]["event"]["properties"]["subject"].startswith("안녕 message 0")
    assert not any(b"Seen" in flags for flags in dovecot.flags("all"))
    # What is counted is remembered once it is on the log.
    eventually(lambda: connector.status("sources", "mailbox")["records"] == len(events), 60, connector.log)
    assert not connector.dead_letters


def test_reads_only_what_is_new_and_rereads_a_renumbered_mailbox_without_harm(dovecot, connector):
    letters = Correspondence(people=10, messages=40)
    dovecot.deliver("growing", letters.messages[:25])
    connector.configure(configured(dovecot, "growing"))
    connector.start()
    connector.await_events(25)
    eventually(lambda: connector.has_succeeded("mailbox"), 60)
    dovecot.deliver("growing", letters.messages[25:])
    letters.check(connector.await_events(len(letters.expected)))
    connector.read_source("mailbox")
    letters.check(connector.events)
    dovecot.renumber("growing")
    eventually(lambda: len(connector.events) == 2 * len(letters.expected), 60, lambda: str(len(connector.events)))
    assert len({event["messageId"] for event in connector.events}) == len(letters.expected), "the same ids again"
    # With the same time of its own an event is known again however much later it is read.
    copies = {(event["messageId"], event["originalTimestamp"]) for event in connector.events}
    assert len(copies) == len(letters.expected)


def test_loses_and_doubles_nothing_when_killed_while_reading(dovecot, connector):
    letters = Correspondence(people=30, messages=1500)
    maildir = dovecot.root / "mail" / "killed" / "new"
    dovecot.deliver("killed", letters.messages[:1])
    for number, message in enumerate(letters.messages[1:], 1):
        file = maildir / f"{START + number}.M{number}P1.host"
        file.write_bytes(message)
        os.chown(file, dovecot.owner.pw_uid, dovecot.owner.pw_gid)
    connector.configure(configured(dovecot, "killed"))
    for kill in range(4):
        connector.launch()
        before = len(connector.events)
        time.sleep(0.15 + 0.1 * kill)
        eventually(lambda: len(connector.events) > before or before == len(letters.expected), 60,
                   lambda: connector.log())
        connector.kill()
    connector.start()
    letters.check(connector.await_events(len(letters.expected), 60))


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_reads_with_every_kind_of_encryption(dovecot, connector, security):
    user = f"with-{security}"
    letters = Correspondence(people=3, messages=3)
    dovecot.deliver(user, letters.messages)
    port = dovecot.encrypted if security == "tls" else dovecot.plain
    connector.configure(configured(dovecot, user, f", security: {security}", port))
    connector.start()
    letters.check(connector.await_events(len(letters.expected)))


@pytest.mark.parametrize("change, word", [
    (lambda text, dovecot: text.replace("password: secret", "password: wrong"), "login was refused"),
    (lambda text, dovecot: text.replace(f"authorities: {dovecot.authority}", "security: tls"), "TLS failed"),
    (lambda text, dovecot: text.replace(f"port: {dovecot.encrypted}", "port: 1"), "No connection"),
    (lambda text, dovecot: text.replace("interval:", "mailboxes: [Nowhere], interval:"), "refused"),
])
def test_says_why_a_mailbox_cannot_be_read(dovecot, connector, change, word):
    connector.configure(change(configured(dovecot, "unread"), dovecot))
    connector.start()
    status = lambda: connector.status("sources", "mailbox")
    eventually(lambda: status()["state"] == "failing", 60, lambda: str(status()))
    assert word in status()["error"]


def test_reads_several_mailboxes_and_leaves_out_its_own_address(dovecot, connector):
    letters = Correspondence(people=4, messages=6)
    dovecot.deliver("several", letters.messages[:3])
    # Entwürfe & mehr, as IMAP writes it.
    dovecot.deliver("several", letters.messages[3:], '"Entw&APw-rfe &- mehr"')
    letters.expected = {key: value for key, value in letters.expected.items() if key[0] != MAILBOX}
    connector.configure(configured(dovecot, "several", f", mailboxes: [INBOX, 'Entwürfe & mehr'], ignore: ['{MAILBOX.upper()}']"))
    connector.start()
    letters.check(connector.await_events(len(letters.expected)))


def test_a_mailbox_that_is_gone_holds_up_no_other(dovecot, connector):
    letters = Correspondence(people=10, messages=5)
    dovecot.deliver("gone", letters.messages)
    connector.configure(configured(dovecot, "gone", ", mailboxes: [Nowhere, INBOX]"))
    connector.start()
    letters.check(connector.await_events(len(letters.expected)))
    error = eventually(lambda: connector.status("sources", "mailbox").get("error"), 60, "the mailbox that is gone")
    assert "Nowhere" in error


ODD = [
    # No id, no date, folded and in several scripts.
    b"From: =?utf-8?B?6rmA?=\r\n =?utf-8?B?7ISc7Jew?= <kim@x.test>\r\nTo: Friends: Ada <ada@x.test>,bob@x.test (Bob);\r\n\r\nx",
    # Old bytes, an unquoted name with a full stop, somebody in two roles.
    b"Message-ID: <odd2@x>\r\nFrom: Zo\xeb B. Good <zoe@x.test>\r\nTo: ZOE@x.test, ada@x.test\r\nDate: nonsense\r\n\r\nx",
    # Nobody.
    b"Message-ID: <odd3@x>\r\nSubject: nobody\r\nTo: undisclosed-recipients:;\r\n\r\nx",
    # A header without end.
    b"Message-ID: <odd4@x>\r\nFrom: big@x.test\r\nSubject: " + b"x" * 300_000 + b"\r\n\r\nx",
    # No header.
    b"\r\nonly text",
    # From the future.
    b"Message-ID: <odd6@x>\r\nFrom: late@x.test\r\nDate: Fri, 1 Jan 2100 00:00:00 +0000\r\n\r\nx",
    b"Message-ID: <odd7@x>\r\nFrom: last@x.test\r\nSubject: )} * OK {12}\r\n\r\nx",
]


def test_reads_odd_messages_and_goes_on(dovecot, connector):
    dovecot.deliver("odd", ODD)
    connector.configure(configured(dovecot, "odd"))
    connector.start()
    events = connector.await_events(8)
    people = {identifiers(event)[0].removeprefix("email:"): event["event"]["context"].get("traits", {}).get("name")
              for event in events}
    assert people == {"kim@x.test": "김서연", "ada@x.test": people["ada@x.test"], "bob@x.test": "Bob", "zoe@x.test": "Zoë B. Good",
                      "big@x.test": None, "late@x.test": None, "last@x.test": None}
    assert events[-1]["event"]["properties"]["subject"] == ")} * OK {12}"
    future = next(event for event in events if identifiers(event) == ["email:late@x.test"])
    assert future["timestamp"] < "2100"
    letters = eventually(lambda: len(found := connector.dead_letters) == 2 and found, 60, lambda: str(connector.dead_letters))
    assert {letter["code"] for letter in letters} == {"no_identifier"}

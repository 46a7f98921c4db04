"""A mailbox that is watched: the server says when a message arrives, and it is read at once, however long the interval is."""

import re
import time

import pytest

from support.waiting import eventually
from support_connector import Connector
from support_dovecot import Dovecot
from test_imap import Correspondence, configured

#: So that whatever is read, is read because of the watch.
NEVER = "1h"


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot() as server:
        yield server


@pytest.fixture
def watch(tmp_path):
    """Starts a connector that watches a user's mailbox, and returns it once it is watched and read."""
    running: list[Connector] = []

    def start(dovecot: Dovecot, user: str, more: str = "", interval: str = NEVER, mailboxes: int = 1) -> Connector:
        text = configured(dovecot, user, more).replace("interval: 300ms", f"interval: {interval}")
        before = logins(dovecot, user)
        running.append(Connector(tmp_path / user, text).start())
        # Each mailbox is watched, and read at the start and once more when its watch has begun.
        least = 3 * mailboxes or 1
        eventually(lambda: logins(dovecot, user) - before >= least, 60, dovecot.log)
        eventually(lambda: watches(dovecot, user) == mailboxes, 60, dovecot.log)
        eventually(lambda: running[-1].has_succeeded("mailbox"), 60, running[-1].log)
        if not mailboxes:
            # For the first attempts at watching it, and for any that should not be.
            time.sleep(1.5)
        return running[-1]

    yield start
    for connector in running:
        connector.stop()


def logins(dovecot: Dovecot, user: str) -> int:
    return len(re.findall(rf"Login: user=<{user}>", dovecot.log()))


def watches(dovecot: Dovecot, user: str) -> int:
    """Connections of this user that are open."""
    return logins(dovecot, user) - len(re.findall(rf"imap\({user}\).*: Disconnected: ", dovecot.log()))


def test_a_message_is_read_at_once(dovecot, watch):
    mails = Correspondence(people=3, messages=6)
    dovecot.deliver("prompt", [], "Second")
    connector = watch(dovecot, "prompt", ", mailboxes: [INBOX, Second]", mailboxes=2)
    known = 0
    for number, mail in enumerate(mails.messages):
        known += len([key for key in mails.expected if key[1] == f"m{number}@example.com"])
        folder = "Second" if number % 2 else "INBOX"
        dovecot.deliver("prompt", [mail], folder)
        connector.await_events(known)
    mails.check(connector.events)


def test_a_flood_is_read_whole_and_costs_few_logins(dovecot, watch):
    mails = Correspondence(people=20, messages=500)
    connector = watch(dovecot, "flood")
    before, start = logins(dovecot, "flood"), time.monotonic()
    dovecot.deliver("flood", mails.messages)
    mails.check(connector.await_events(len(mails.expected)))
    time.sleep(1.5)
    mails.check(connector.events)
    # One is the delivery's.
    assert logins(dovecot, "flood") - before <= time.monotonic() - start + 2


def test_a_server_that_restarts_is_watched_again(watch):
    with Dovecot() as dovecot:
        mails = Correspondence(people=4, messages=3)
        dovecot.deliver("restarted", mails.messages[:1])
        connector = watch(dovecot, "restarted")
        dovecot.kill()
        # Those that were killed could not note their end.
        lost = watches(dovecot, "restarted")
        time.sleep(3)
        assert connector.is_ready() and connector.status("sources", "mailbox")["state"] == "idle"
        dovecot.start()
        # It comes before the mailbox is watched again, or right after.
        dovecot.deliver("restarted", mails.messages[1:])
        # Each attempt to watch it that failed has doubled the pause before the next.
        mails.check(connector.await_events(len(mails.expected), 120))
        eventually(lambda: watches(dovecot, "restarted") == lost + 1, 60, dovecot.log)
        assert connector.log().count("until it can be watched") == 1


def test_a_server_that_cannot_be_watched_is_asked_by_the_interval(watch):
    with Dovecot("imap_capability = IMAP4rev1 LITERAL+ UIDPLUS\n") as dovecot:
        connector = watch(dovecot, "plain", interval="2s", mailboxes=0)
        before, start = logins(dovecot, "plain"), time.monotonic()
        mails = Correspondence(people=4, messages=3)
        dovecot.deliver("plain", mails.messages)
        mails.check(connector.await_events(len(mails.expected)))
        time.sleep(5)
        # Half a login in a second is the interval's; those that try to watch become rare.
        assert logins(dovecot, "plain") - before <= (time.monotonic() - start) / 2 + 5
        assert connector.log().count("until it can be watched") == 1
        # It may just be read again.
        assert eventually(lambda: (state := connector.status("sources", "mailbox")["state"]) != "running" and state, 60) == "idle"


def test_without_idle_nothing_is_watched(dovecot, watch):
    watch(dovecot, "unwatched", ", idle: false", mailboxes=0)
    assert logins(dovecot, "unwatched") == 1


def test_a_paused_mailbox_is_let_go_of_and_an_end_is_not_held_up(dovecot, watch):
    mails = Correspondence(people=4, messages=2)
    first = len([key for key in mails.expected if key[1] == "m0@example.com"])
    connector = watch(dovecot, "paused")
    assert connector.admin("POST", "/v1/sources/mailbox/pause").status == 200
    eventually(lambda: watches(dovecot, "paused") == 0, 30, dovecot.log)
    dovecot.deliver("paused", mails.messages[:1])
    time.sleep(1.5)
    assert connector.events == []
    assert connector.admin("POST", "/v1/sources/mailbox/resume").status == 200
    connector.await_events(first)
    eventually(lambda: watches(dovecot, "paused") == 1, 60, dovecot.log)
    dovecot.deliver("paused", mails.messages[1:])
    mails.check(connector.await_events(len(mails.expected)))
    # The machine may stand still for some seconds just then, but not each time.
    assert not all(holds_up(dovecot, connector) for _ in range(3))


def holds_up(dovecot: Dovecot, connector: Connector) -> bool:
    """Whether the watch kept the connector from ending, until that was cancelled; it runs again then."""
    eventually(lambda: watches(dovecot, "paused") == 1, 60, dovecot.log)
    start = time.monotonic()
    assert connector.stop() == 0
    # Whoever does not end by himself is given eight seconds and a half.
    if time.monotonic() - start < 8:
        return False
    connector.start()
    return True


def test_a_mailbox_that_is_renumbered_is_read_anew(dovecot, watch):
    mails = Correspondence(people=5, messages=10)
    dovecot.deliver("renumbered", mails.messages[:9])
    connector = watch(dovecot, "renumbered", interval="3s")
    dovecot.renumber("renumbered")
    # Whoever watches still has the mailbox as it was: that is what the interval is for.
    dovecot.deliver("renumbered", mails.messages[9:])
    eventually(lambda: len({event["messageId"] for event in connector.events}) == len(mails.expected), 60, connector.log)

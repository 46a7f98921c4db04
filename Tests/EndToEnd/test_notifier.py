"""Rules: what happens to a person sets off one message, once, whatever is told twice and whatever dies."""

import json
import os
import re
import signal

import pytest

from support import Hub, eventually
from support_connector import READ_KEY, now
from support_notifier import Notifier

THANKS = """\
destinations:
  - {name: mail, type: smtp, host: 127.0.0.1, from: shop@example.com}
  - {name: hook, type: webhook, url: "https://example.com/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
rules:
  - name: thanks
    on: {event: Order Completed}
    to: mail
    email:
      subject: Thank you, {{profile.traits.name}}
      text: "{{event.properties.total}} for {{event.properties.what}}"
      html: <p title="{{profile.traits.name}}">{{event.properties.what}}</p>
  - name: newcomer
    on: {firstSeen: true}
    to: hook
    notAfter: 2h
    webhook:
      body: {who: "{{identifiers.email}}", total: "{{event.properties.total}}", text: "Hi {{profile.traits.name}}"}
"""


@pytest.fixture
def notifier(tmp_path):
    running = Notifier(tmp_path / "data", THANKS)
    running.profiles.add("ada@example.com", name='Ada "A" <b>')
    yield running
    running.stop()


def test_renders_a_letter(notifier):
    notifier.start()
    notifier.happens("m1", total=12.50, what="tea & cake")
    [command] = notifier.await_commands(1)
    assert command["destination"] == "mail" and command["rule"] == "thanks" and command["causedBy"] == "m1"
    assert command["identifier"] == "email:ada@example.com"
    assert re.fullmatch("[0-9a-f]{32}", command["id"])
    assert command["payload"] == {
        "to": "ada@example.com", "subject": 'Thank you, Ada "A" <b>', "text": "12.5 for tea & cake",
        "html": '<p title="Ada &quot;A&quot; &lt;b&gt;">tea &amp; cake</p>'}
    assert set(notifier.profiles.asked) == {f"Bearer {READ_KEY}"}


def test_renders_a_webhook_with_values_of_their_own_type_for_a_newcomer(notifier):
    notifier.start()
    notifier.happens("m1", name="Page Left", kind="created", total=3)
    notifier.happens("m2", name="Page Left", kind="updated", total=4)
    notifier.happens("m3", total=5, what="x")
    first, second = notifier.await_commands(2)
    assert first["rule"] == "newcomer" and second["rule"] == "thanks"
    assert first["payload"] == {"body": {"who": "ada@example.com", "total": 3, "text": 'Hi Ada "A" <b>'}}


def test_what_is_told_twice_is_said_once(notifier):
    notifier.start()
    for message in ("m1", "m2", "m1", "m1", "m2"):
        notifier.happens(message)
    notifier.happens("m1", email="bob@example.com")
    notifier.await_dead_letters(1)  # Nobody knows Bob, so everything before him is done.
    assert [command["causedBy"] for command in notifier.commands] == ["m1", "m2"]


def test_what_is_historical_or_too_late_says_nothing(notifier):
    notifier.start()
    notifier.happens("m1", historical=True)
    notifier.happens("m2", seconds=-25 * 3600)
    notifier.happens("m3")
    notifier.await_commands(1)
    assert [command["causedBy"] for command in notifier.commands] == ["m3"]
    assert [letter["code"] for letter in notifier.await_dead_letters(1)] == ["expired"]


def test_waits_for_profile_and_loses_nothing(notifier):
    notifier.start()
    notifier.profiles.stop()
    notifier.happens("m1")
    notifier.happens("m2")
    eventually(lambda: notifier.metric("kith_notifier_waits_total") > 2, 30, notifier.log)
    assert notifier.commands == []
    notifier.profiles.start()
    notifier.profiles.status = 503
    asked = len(notifier.profiles.asked)
    eventually(lambda: len(notifier.profiles.asked) > asked, 30, "another try")
    assert notifier.commands == []
    notifier.profiles.status = 200
    assert [command["causedBy"] for command in notifier.await_commands(2)] == ["m1", "m2"]


def test_a_server_that_does_not_know_the_address_is_not_profile(notifier):
    notifier.start()
    notifier.profiles.status = 404
    notifier.happens("m1", email="ada@example.com")
    # More often than it looks for somebody whom a profile does not know.
    eventually(lambda: notifier.metric("kith_notifier_waits_total") > 5, 60, notifier.log)
    assert "KITH_PROFILE_URL" in notifier.log()
    assert notifier.dead_letters == []
    notifier.profiles.status = 200
    assert [command["causedBy"] for command in notifier.await_commands(1)] == ["m1"]


def test_what_cannot_be_said_is_among_the_dead_letters_with_its_reason(notifier):
    notifier.profiles.people["email:no@example.com"] = {"id": "b" * 26, "traits": {}, "identifiers": []}
    notifier.start()
    notifier.happens("m1", email="no@example.com")
    notifier.happens("m2", email="nobody@example.com")
    notifier.changes.append(b"{broken")
    notifier.happens("m3")
    letters = sorted(notifier.await_dead_letters(3), key=lambda letter: letter["position"])
    assert [letter["code"] for letter in letters] == ["missing_recipient", "profile_not_found", "invalid_change"]
    assert [letter["position"] for letter in letters] == ["changes/profile@0", "changes/profile@1", "changes/profile@2"]
    assert letters[0]["origin"] == "thanks" and letters[0]["service"] == "notifier" and letters[0]["messageId"] == "m1"
    assert [command["causedBy"] for command in notifier.await_commands(1)] == ["m3"]
    # A dead letter's payload is what a replay puts on the topic again.
    notifier.profiles.add("no@example.com", name="No")
    notifier.changes.append(letters[0]["payload"].encode())
    assert notifier.await_commands(2)[1]["payload"]["to"] == "no@example.com"


def test_loses_and_doubles_nothing_when_killed(notifier):
    count = 400
    for number in range(count):
        notifier.happens(f"m{number}", what=number)
    for kill in range(6):
        notifier.launch()
        seen = len(notifier.commands)
        eventually(lambda: len(notifier.commands) > min(seen + kill, count - 1), 30, notifier.log)
        notifier.kill()
    notifier.start()
    commands = notifier.await_commands(count)
    assert [command["causedBy"] for command in commands] == [f"m{number}" for number in range(count)]
    assert len({command["id"] for command in commands}) == count


def test_sends_nothing_again_when_its_store_is_lost(notifier):
    notifier.start()
    notifier.happens("m1")
    notifier.await_commands(1)
    notifier.end()
    for file in notifier.data.glob("notifier.sqlite*"):
        file.unlink()
    notifier.happens("m1")
    notifier.happens("m2")
    notifier.start()
    assert [command["causedBy"] for command in notifier.await_commands(2)] == ["m1", "m2"]


@pytest.mark.parametrize("change, words", [
    (("to: mail", "to: post"), ["line 5", "rule “thanks”", "no destination “post”", "“mail”, “hook”"]),
    (("subject:", "subjekt:"), ["line 9", "rule “thanks”", "unknown field “subjekt”", "“to”, “subject”, “text”, “html”"]),
    (("{{profile.traits.name}}\n", "{{#profile}}\n"), ["line 9", "rule “thanks”", "a section is not closed"]),
    (("notAfter: 2h", "notAfter: tomorrow"), ["line 15", "rule “newcomer”", "15m"]),
    (("name: newcomer", "name: thanks"), ["line 12", "rule “thanks”", "line 5 has the same name"]),
    (("on: {event: Order Completed}", "on: [}"), ["line 6", "not YAML"]),
])
def test_refuses_wrong_rules_with_their_place(tmp_path, change, words):
    notifier = Notifier(tmp_path / "data", THANKS.replace(*change, 1))
    try:
        notifier.launch()
        assert notifier.process.wait(300) == os.EX_CONFIG
        for word in words:
            assert word in notifier.log(), notifier.log()
    finally:
        notifier.stop()


def test_reads_its_rules_again_and_keeps_the_old_ones_when_the_new_are_wrong(notifier):
    notifier.start()
    notifier.configure(THANKS.replace("to: mail", "to: nowhere"))
    eventually(lambda: "those that held before still do" in notifier.log(), 60, notifier.log)
    assert "nowhere" in notifier.status().json()["rulesProblem"]
    notifier.happens("m1")
    notifier.await_commands(1)
    notifier.configure(THANKS.replace("Order Completed", "Order Shipped"))
    notifier.hang_up()
    eventually(lambda: notifier.status().json()["rules"][0].get("event") == "Order Shipped", 60, notifier.log)
    assert "rulesProblem" not in notifier.status().json()
    notifier.happens("m2")
    notifier.happens("m3", name="Order Shipped")
    assert [command["causedBy"] for command in notifier.await_commands(2)] == ["m1", "m3"]


def test_shows_its_status_to_those_who_may_see_it(notifier):
    notifier.start()
    assert notifier.status("ka_wrong").status == 401
    assert notifier.status(READ_KEY).json() == notifier.status().json() == {"service": "notifier", "outbox": 0, "rules": [
        {"name": "thanks", "event": "Order Completed", "destination": "mail"},
        {"name": "newcomer", "firstSeen": True, "destination": "hook"}]}
    notifier.happens("m1")
    notifier.await_commands(1)
    eventually(lambda: notifier.metric("kith_notifier_commands_total") == 1, 60, "the count")
    assert notifier.end() == 0


def test_an_order_brings_one_message_through_the_whole_system(hub):
    running: Hub = hub(THANKS)
    order = {"type": "track", "messageId": "order-1", "userId": "42", "event": "Order Completed",
             "properties": {"total": 7, "what": "tea"}, "context": {"traits": {"email": "ada@example.com", "name": "Ada"}}}
    running.send([order, order])
    running.settled()
    eventually(lambda: commands(running), 60, running.printed)
    running.kill("notifier", signal.SIGKILL)
    running.send([order, {**order, "messageId": "order-2"}])
    eventually(lambda: len(commands(running)) == 2 + 1, 60, running.printed)
    found = commands(running)
    thanks = [command for command in found if command["rule"] == "thanks"]
    assert [command["causedBy"] for command in thanks] == ["order-1", "order-2"]
    assert thanks[0]["payload"]["subject"] == "Thank you, Ada"
    assert [command["rule"] for command in found].count("newcomer") == 1


def test_what_happens_on_a_device_of_several_is_told_to_whose_turn_it_was(hub):
    running: Hub = hub(THANKS)
    running.send([{"type": "identify", "messageId": name, "userId": name, "anonymousId": "tablet", "timestamp": now(-ago),
                   "traits": {"email": f"{name}@example.com", "name": name.title()}} for name, ago in (("ann", 600), ("bob", 300))])
    running.settled()
    running.send([{"type": "track", "messageId": f"order-{ago}", "anonymousId": "tablet", "timestamp": now(-ago),
                   "event": "Order Completed", "properties": {"total": 7, "what": "tea"}} for ago in (450, 60)])
    eventually(lambda: len(thanked(running)) == 2, 60, running.printed)
    assert {command["causedBy"]: command["payload"]["to"] for command in thanked(running)} == {
        "order-450": "ann@example.com", "order-60": "bob@example.com"}


def thanked(hub: Hub) -> list[dict]:
    return [command for command in commands(hub) if command["rule"] == "thanks"]


def commands(hub: Hub) -> list[dict]:
    """What the command line shows of the topic `commands`."""
    lines = hub.kith("tail", "commands", "--from", "0", "--no-follow", "--json").stdout.splitlines()
    return [json.loads(line)["value"] for line in lines]

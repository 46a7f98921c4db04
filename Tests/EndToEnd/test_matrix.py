"""The connector for Matrix on a real Synapse: what people write arrives once and is answered once, whatever dies in between."""

import threading
import time
from collections import Counter

import pytest

from support import Hub, eventually
from support_connector import Connector, identifiers
from support_synapse import Member, Synapse

#: So few that whatever is written while nobody reads makes a gap.
TIMELINE = 10


@pytest.fixture(scope="module")
def synapse(tmp_path_factory):
    with Synapse(tmp_path_factory.mktemp("synapse"), TIMELINE) as server:
        yield server


def config(synapse: Synapse, member: Member, more: str = "") -> str:
    return (f"connectors:\n  - {{name: chat, type: matrix, url: '{synapse.url}', token: {member.token}, interval: 1s,"
            f" retryFirst: 100ms{more}}}\n")


def said_by(hub: Hub, member: Member) -> Counter[str]:
    """The texts on a person's timeline."""
    if hub.one_profile(f"matrix.user:{member.id}") is None:
        return Counter()
    return Counter(entry["event"]["properties"]["text"] for entry in hub.events(f"matrix.user:{member.id}", limit=100)
                   if entry["event"].get("event") == "Matrix Message Posted")


def answers(member: Member, room: str, bot: Member) -> Counter[str]:
    return Counter(message["content"]["body"] for message in member.history(room) if message["sender"] == bot.id)


def test_every_message_arrives_once_and_is_answered_once_whatever_dies(tmp_path, synapse):
    alice, bob, carol = (synapse.register(name) for name in ("alice", "bob", "carol"))
    bob.rename("Bob Bridge")
    room = alice.make_room(bob, carol)
    expected = {member.id: Counter() for member in (bob, carol)}

    def talk(count: int, part: str, pause: float = 0):
        for number in range(count):
            for member in (bob, carol):
                text = f"{part} {number} of {member.id}: 안녕 <b>&amp;"
                member.say(room, text)
                expected[member.id][text] += 1
            time.sleep(pause)

    talk(20, "before")
    rule = ("rules:\n  - {name: answer, on: {event: Matrix Message Posted}, to: chat, action: {name: sendMessage, "
            "with: {room: '{{event.properties.room}}', text: 'Re: {{event.properties.text}}'}}}\n")
    text = config(synapse, alice, f", user: '{alice.id}'") + rule
    with Hub(tmp_path / "data", config=text) as hub:
        def arrived() -> bool:
            return all(set(expected[member.id]) <= set(said_by(hub, member)) for member in (bob, carol))

        eventually(arrived, 120, lambda: f"what was said before\n{hub.printed()}")
        talker = threading.Thread(target=talk, args=(30, "meanwhile", 0.05))
        talker.start()
        for _ in range(2):
            time.sleep(0.7)
            hub.kill_and_await("connector")
        talker.join(900)
        assert not talker.is_alive()
        hub.kill("connector")
        talk(15, "at once")
        carol.rename("Carol Cove")
        bob.leave(room)

        eventually(arrived, 120, lambda: f"what was said meanwhile\n{hub.printed()}")
        everything = {f"Re: {text}": 1 for texts in expected.values() for text in texts}
        eventually(lambda: set(answers(carol, room, alice)) == set(everything), 120,
                   lambda: f"an answer to everything\n{hub.printed()}")
        eventually(lambda: hub.one_profile(f"matrix.user:{carol.id}")["traits"].get("name") == "Carol Cove", 60, "a new name")

        # A message may come at once, though the stream was quiet for long.
        def waits(number: int) -> bool:
            """Whether it was answered as late as the homeserver ends a question to which it has no answer: after ten seconds."""
            time.sleep(2)
            carol.say(room, f"last {number}")
            expected[carol.id][f"last {number}"] += 1
            everything[f"Re: last {number}"] = 1
            sent = time.monotonic()
            eventually(lambda: answers(carol, room, alice)[f"Re: last {number}"], 60, "the last answer")
            return time.monotonic() - sent >= 8

        # The machine may stand still for some seconds just then, but not each time.
        assert not all(map(waits, range(4)))

        hub.settled()
        assert {member.id: said_by(hub, member) for member in (bob, carol)} == expected
        assert answers(carol, room, alice) == everything
        assert hub.one_profile(f"matrix.user:{alice.id}") is None
        assert hub.one_profile(f"matrix.user:{bob.id}")["traits"]["name"] == "Bob Bridge"
        happened = Counter(entry["event"].get("event") for entry in hub.events(f"matrix.user:{bob.id}", limit=100))
        assert happened["Matrix Room Joined"] == happened["Matrix Room Left"] == 1
        assert hub.kith("dead-letters", "list").stdout.strip() in ("", "[]"), hub.kith("dead-letters", "list").stdout


def test_gaps_of_several_rooms_are_filled_back_to_the_beginning(tmp_path, synapse):
    dora, emil = synapse.register("dora"), synapse.register("emil")
    rooms = [dora.make_room(emil, name=f"Room {number}") for number in range(3)]

    def talk(part: str) -> set[str]:
        for number in range(25):
            for room in rooms:
                emil.say(room, f"{part} {number} in {room}")
        return {f"{part} {number} in {room}" for number in range(25) for room in rooms}

    texts = talk("first")
    connector = Connector(tmp_path / "data", config(synapse, dora))
    for part in ("second", "third"):
        with connector:
            said = eventually(lambda: found if texts <= set(found := messages(connector, emil)) else None, 120,
                              lambda: f"{len(texts)} messages\n{connector.log()}")
            assert Counter(said) == Counter(texts)
        texts |= talk(part)
    with connector:
        said = eventually(lambda: found if texts <= set(found := messages(connector, emil)) else None, 120, "all messages")
        assert Counter(said) == Counter(texts)
        # Nothing twice, not even with another id by which it would be known.
        assert len({event["messageId"] for event in connector.events if event["type"] == "track"}) == len(texts) + len(rooms) * 2
        assert connector.dead_letters == []


def messages(connector: Connector, member: Member) -> list[str]:
    return [event["event"]["properties"]["text"] for event in connector.events
            if event["event"].get("event") == "Matrix Message Posted" and identifiers(event) == [f"matrix.user:{member.id}"]]


def test_what_it_does_and_what_it_is_refused(tmp_path, synapse):
    fred, gina, hugo = (synapse.register(name) for name in ("fred", "gina", "hugo"))
    room, other = fred.make_room(gina), gina.make_room(name="Private")
    # Without “user” what it writes itself is nobody's message either.
    with Connector(tmp_path / "data", config(synapse, fred)) as connector:
        hello = connector.command("chat", {"action": "sendMessage", "room": room, "text": "Hello"}, f"matrix.user:{gina.id}")
        assert connector.outcome(hello)["event"]["event"] == "Message Sent"
        gina.say(room, "Hello yourself")
        gina.say(room, "* Hello you", **{"m.relates_to": {"rel_type": "m.replace", "event_id": fred.history(room)[0]["event_id"]}})
        gina.say(room, "beep", msgtype="m.notice")
        gina.say(room, "Goodbye")
        eventually(lambda: "Goodbye" in messages(connector, gina), 60, connector.log)
        assert messages(connector, gina) == ["Hello yourself", "Goodbye"] and messages(connector, fred) == []

        for _ in range(2):
            invited = connector.command("chat", {"action": "invite", "room": room}, f"matrix.user:{hugo.id}")
            assert connector.outcome(invited)["event"]["event"] == "Message Sent"
        hugo.join(room)
        invited = connector.command("chat", {"action": "invite", "room": room, "user": hugo.id}, f"matrix.user:{gina.id}")
        assert connector.outcome(invited)["event"]["event"] == "Message Sent"

        refused = connector.command("chat", {"action": "sendMessage", "room": other, "text": "Hello"})
        assert "not in room" in connector.outcome(refused)["event"]["properties"]["reason"]
        nowhere = connector.command("chat", {"action": "sendMessage", "text": "Hello"})
        assert "There is no room." in connector.outcome(nowhere)["event"]["properties"]["reason"]

        fred.call("POST", "/logout", {})
        state = eventually(lambda: (status := connector.status("sources", "chat"))["state"] == "failing" and status, 60,
                           "a failing source")
        assert "401" in state["error"]

"""An event that ends the process which reads it, as a defect would: it is put aside, and costs nobody else anything."""

import http.client
import json
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

from support import Hub, promptly

NAME = "Poison"
#: How long one event may hold up all others: some seconds, and more on a machine that is busy with other tests. What waits for ever
#: longer pauses between deaths is not through by then.
STILL = 300


def event(id: str, person: str, name: str = "Page Seen") -> dict:
    return {"type": "track", "event": name, "userId": person, "messageId": id}


def test_an_event_that_kills_its_reader_goes_to_the_dead_letters_and_the_stream_goes_on(hub: Callable[..., Hub]):
    running = hub(environment={"KITH_TEST_TRAP_ON": NAME})
    running.send([event("before", "ada"), event("early", "bob")])
    running.settled()
    first = running.pid("profile")
    running.send([event("good-1", "ada"), event("bad", "ada", NAME), event("good-2", "ada"), event("good-3", "bob")])
    running.send([event(f"later-{number}", f"person-{number % 20}") for number in range(400)])
    promptly(lambda: timeline(running, "person-19")["later-399"], STILL, running.printed)
    running.settled()
    assert timeline(running, "ada") == Counter(["before", "good-1", "good-2"])
    assert timeline(running, "bob") == Counter(["early", "good-3"])
    assert Counter(id for number in range(20) for id in timeline(running, f"person-{number}").elements()) \
        == Counter(f"later-{number}" for number in range(400))

    [letter] = letters(running)
    assert (letter["code"], letter["service"], letter["origin"]) == ("poison", "profile", "ingest")
    assert json.loads(running.admin("GET", f"/v1/dead-letters/{quote(letter['id'])}").json()["payload"])["messageId"] == "bad"

    survivor = running.pid("profile")
    assert survivor != first and deaths(running) == 3
    running.send([event("after", "ada")])
    running.settled()
    assert timeline(running, "ada") == Counter(["before", "good-1", "good-2", "after"])
    assert running.pid("profile") == survivor, "there is nothing more to die of"


def timeline(hub: Hub, person: str) -> Counter[str]:
    """The ids of a person's events; none while there is nobody to ask."""
    try:
        answer = hub.get(f"/v1/profiles/user:{person}/events", limit=200)
    except (OSError, http.client.HTTPException):
        return Counter()
    return Counter(one["messageId"] for one in answer.json()["events"]) if answer.status == 200 else Counter()


def letters(hub: Hub) -> list[dict]:
    return hub.admin("GET", "/v1/dead-letters").json()["deadLetters"]


def deaths(hub: Hub) -> int:
    """How often `kith up` said that profile was ended."""
    return hub.output.read_text().count("profile was ended by signal")

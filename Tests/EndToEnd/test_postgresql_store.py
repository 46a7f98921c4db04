"""What connector and notifier remember is kept in a PostgreSQL, which is killed as they are."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from support import Hub, eventually
from support_postgresql import PostgreSQL

CONFIG = """\
sources:
  - {name: people, type: ndjson, path: people.ndjson, interval: 1s, events: 'identify({email, "crm.person": .n}; {name}) | at(.at)'}
destinations:
  - {name: out, type: ndjson, path: out.ndjson}
rules:
  - name: welcome
    on: {event: Signed Up}
    to: out
    webhook: {body: {who: '{{identifiers.user}}'}}
"""


@pytest.fixture(scope="module")
def server():
    with PostgreSQL() as running:
        yield running


def person(number: int) -> str:
    return json.dumps({"n": number, "email": f"p{number}@x.test", "name": f"P {number}", "at": "2026-11-01T00:00:00Z"}) + "\n"


def test_kills_of_the_services_and_of_the_server_lose_and_double_nothing(tmp_path: Path, server: PostgreSQL):
    data = tmp_path / "data"
    data.mkdir()
    (data / "people.ndjson").write_text("".join(map(person, range(500))))
    with Hub(data, CONFIG, environment={"KITH_STORE": server.url()}) as hub:
        for number in range(120):
            hub.post("/v1/track", {"userId": f"u{number}", "event": "Signed Up", "messageId": f"m{number}"})
            if number % 30 == 10:
                hub.kill("connector")
            if number % 30 == 20:
                hub.kill("notifier")
            if number == 60:
                server.stop("immediate")
                time.sleep(2)
                server.start()
        with open(data / "people.ndjson", "a") as file:
            file.write("".join(map(person, range(500, 600))))
        eventually(lambda: len(delivered(data)) >= 120, 60, lambda: f"{len(delivered(data))} delivered\n{hub.printed()}")
        eventually(lambda: hub.one_profile("crm.person:599"), 60, hub.printed)
        hub.settled()
        assert all(hub.one_profile(f"email:p{number}@x.test") for number in range(0, 600, 37))
        assert [event["type"] for event in hub.events("crm.person:7")] == ["identify"]
        assert Counter(line["body"]["who"] for line in delivered(data)) == Counter(f"u{number}" for number in range(120))
        assert not list(data.glob("connector.sqlite*")) and not list(data.glob("notifier.sqlite*"))
        assert {row[0] for row in server.sql("SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname LIKE 'kith%'")} == {
            "kith_connector", "kith_notifier"}


def delivered(data: Path) -> list[dict]:
    file = data / "out.ndjson"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

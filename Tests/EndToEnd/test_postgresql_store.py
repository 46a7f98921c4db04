"""What the services know and remember is kept in a PostgreSQL, which is killed as they are."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import Hub, eventually
from support.files import whole_lines
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
            if number % 40 == 5:
                hub.kill("profile")
            if number == 60:
                server.stop("immediate")
                time.sleep(2)
                server.start()
        with open(data / "people.ndjson", "a") as file:
            file.write("".join(map(person, range(500, 600))))
        eventually(lambda: len(delivered(data)) >= 120, 120, lambda: f"{len(delivered(data))} delivered\n{hub.printed()}")
        eventually(lambda: hub.one_profile("crm.person:599"), 120, hub.printed)
        hub.settled()
        assert all(hub.one_profile(f"email:p{number}@x.test") for number in range(0, 600, 37))
        assert [event["type"] for event in hub.events("crm.person:7")] == ["identify"]
        assert Counter(line["body"]["who"] for line in delivered(data)) == Counter(f"u{number}" for number in range(120))
        assert not list(data.glob("*.sqlite*"))
        assert {row[0] for row in server.sql("SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname LIKE 'kith%'")} == {
            "kith_connector", "kith_notifier", "kith_profile", "kith_profile_members"}


SEARCHES = [
    {"sort": [{"trait": "age"}]},
    {"sort": [{"trait": "age", "order": "desc"}, {"field": "firstSeen"}], "limit": 7, "total": True},
    {"text": "ad lov", "total": True},
    {"text": "Ångst"},
    {"where": {"trait": "age", "atLeast": 18, "lessThan": 30}, "total": True},
    {"where": {"not": {"trait": "plan", "equals": "pro"}}, "total": True},
    {"where": {"trait": "since", "before": "2026-02-01T00:00:00Z"}, "total": True},
    {"where": {"any": [{"trait": "plan", "startsWith": "fr"}, {"event": "Ordered", "count": {"atLeast": 3}}]}, "total": True},
    {"where": {"trait": "address.city", "contains": "li"}, "sort": [{"trait": "address.city"}]},
]


def test_files_and_tables_tell_the_same(hub: Callable[..., Hub], server: PostgreSQL):
    server.sql("CREATE DATABASE other")
    events = list(life())
    told = []
    for name, environment in [("files", {"KITH_STORE": ""}), ("tables", {"KITH_STORE": server.url("other")})]:
        running = hub(name=name, environment=environment)
        running.send(events)
        running.settled()
        told.append(tale(running))
    for files, tables in zip(*told, strict=True):
        assert files == tables


def life() -> Iterator[dict]:
    """A hundred people, some of them twice, and what they did."""
    for number in range(100):
        context = {"timestamp": f"2026-0{1 + number % 4}-1{number % 10}T00:00:00Z"}
        name = ["Ada Lovelace", "Anders Ångström", "김철수", "ヤマダ タロウ", "Adam Lövgren"][number % 5]
        traits = {"email": f"p{number}@x.test", "name": name, "since": f"2026-0{1 + number % 3}-0{1 + number % 9}",
                  "age": [12, 18, 18.5, "18", 31, True, None][number % 7], "plan": ["pro", "free", "fre\u0301e"][number % 3],
                  "address": {"city": ["Berlin", "Linz", "Łódź"][number % 3]}}
        yield {"type": "identify", "userId": f"u{number}", "messageId": f"i{number}", "traits": traits, **context}
        for order in range(number % 5):
            yield {"type": "track", "event": "Ordered", "anonymousId": f"d{number}-{order % 2}", "userId": f"u{number}",
                   "messageId": f"o{number}-{order}", "properties": {"total": order}, **context}
        if number % 9 == 8:
            yield {"type": "alias", "previousId": f"u{number - 1}", "userId": f"u{number}", "messageId": f"a{number}", **context}


def tale(hub: Hub) -> Iterator[object]:
    """What an instance says of all of them, without what is an instance's own."""
    yield sorted((plain(profile) for profile in hub.export()), key=repr)
    for search in SEARCHES:
        yield search, pages(hub, search)
    for number in (7, 8, 13, 94):
        yield plain(hub.get(f"/v1/profiles/user:u{number}", verbose="true").json())
        yield [plain(event) for event in hub.events(f"user:u{number}")]
        yield plain(hub.get(f"/v1/profiles/user:u{number}/graph").json())
        yield plain(hub.get(f"/v1/profiles/user:u{number}/explain", to=f"email:p{number}@x.test").json())


def pages(hub: Hub, search: dict) -> list:
    found, cursor = [], ""
    while cursor is not None:
        answer = hub.ask("/v1/profiles/search", {**search, "cursor": cursor})
        assert answer.status == 200, answer
        page = answer.json()
        found += [plain(profile) for profile in page["profiles"]] + [page.get("total")]
        cursor = page.get("cursor")
    return found


def plain(value: object) -> object:
    """Without ids, which a secret of the instance is in, and without the times at which it was at work."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()
                if key not in ("id", "profile", "formerIds", "revision", "receivedAt", "position")}
    return [plain(part) for part in value] if isinstance(value, list) else value


def delivered(data: Path) -> list[dict]:
    return [json.loads(line) for line in whole_lines(data / "out.ndjson")]

"""A real PostgreSQL: its rows become events, once each, whatever stops when; and commands become its rows."""

import random
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import Hub, eventually
from support.hub import send_signal
from support_connector import Connector, identifiers
from support_postgresql import PostgreSQL

COUNT, FEW = 60_000, 20_000
PEOPLE = f"""
CREATE TABLE crm.people AS SELECT 9007199254740993 + n AS id, 'p' || n || '@example.com' AS email, 2.10 AS balance,
    ARRAY[n, n + 1] AS tags, '2026-01-01T00:00:00Z'::timestamptz + n / 100 * interval '1 second' AS changed
    FROM generate_series(0, {COUNT - 1}) AS n"""
EVENTS = 'identify({"shop.person": .id, email}; {balance, tags})'


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        server.sql("CREATE SCHEMA crm", PEOPLE, "CREATE UNIQUE INDEX ON crm.people (changed, id)",
                   "ALTER TABLE crm.people ADD PRIMARY KEY (id)",
                   f"CREATE TABLE crm.few AS SELECT * FROM crm.people ORDER BY id LIMIT {FEW}")
        yield server


def source(server: PostgreSQL, more: str = "cursor: changed", table: str = "crm.people", events: str = EVENTS, **login: str) -> str:
    return (f"sources:\n  - {{name: shop, type: postgresql, url: '{server.url(**login)}', table: {table}, key: id, interval: 200ms, "
            f"events: '{events}', {more}}}\n")


class Table:
    """A copy of the people that grows when it was read too soon."""

    def __init__(self, server: PostgreSQL, name: str, count: int):
        self.server, self.name, self.count = server, name, count
        server.sql(f"CREATE TABLE {name} AS SELECT * FROM crm.people ORDER BY id LIMIT {count}",
                   f"CREATE UNIQUE INDEX ON {name} (changed, id)", f"ALTER TABLE {name} ADD PRIMARY KEY (id)")

    def grow(self, count: int):
        """Adds rows that come after all others."""
        self.server.sql(
            f"INSERT INTO {self.name} SELECT 9007199254740993 + n, 'p' || n || '@example.com', 2.10, ARRAY[n, n + 1], "
            f"'2026-01-01T00:00:00Z'::timestamptz + n / 100 * interval '1 second' "
            f"FROM generate_series({self.count}, {self.count + count - 1}) AS n")
        self.count += count

    def stops_in_the_middle(self, connector: Connector):
        """Lets the connector stand still before it has read everything; where it was sooner, it reads some more first."""
        while True:
            send_signal(connector.process.pid, signal.SIGSTOP)
            if (read := len(connector.events)) < self.count:
                return
            connector.process.send_signal(signal.SIGCONT)
            self.grow(FEW)
            eventually(lambda: len(connector.events) > read, 120, connector.log)


def numbers(events: list[dict[str, Any]]) -> list[int]:
    """Which rows the events are of."""
    return [int(name.split(":")[1]) - 9007199254740993 for event in events for name in identifiers(event)
            if name.startswith("shop.person:")]


def require_each_once(connector: Connector, count: int):
    """Every row is there, and what came twice has the same message id, by which it has one effect."""
    events = connector.events
    assert set(numbers(events)) == set(range(count))
    assert len({event["messageId"] for event in events}) == count


def written(data: Path) -> bytes:
    return b"".join(file.read_bytes() for file in (data / "log" / "events").rglob("*.seg"))


def awaited(connector: Connector, id: str) -> dict[str, Any]:
    """The newest event of an identifier, as soon as there is one."""
    found = eventually(lambda: [event for event in connector.events if id in identifiers(event)], 60,
                       lambda: f"{id}\n{connector.log()}")
    return found[-1]["event"]


# Reading.

@pytest.mark.parametrize("more", ["cursor: changed", "batch: 3000"], ids=["by a cursor", "as a whole"])
def test_every_row_is_read_once_with_its_exact_numbers(tmp_path, postgres, more):
    with Connector(tmp_path / "data", source(postgres, more, "crm.few")) as connector:
        eventually(lambda: connector.status("sources", "shop").get("lastSuccess"), 120, connector.log)
        time.sleep(1)
        assert len(connector.events) == FEW, "what has not changed is not sent again"
        require_each_once(connector, FEW)
        assert connector.status("sources", "shop")["rejected"] == 0
    assert written(tmp_path / "data").count(b'"balance":2.10,"tags":[') == FEW


def test_nothing_of_a_large_table_is_missing_or_doubled_whenever_the_connector_is_killed(tmp_path, postgres):
    chance = random.Random(7)
    table = Table(postgres, "crm.growing", COUNT)
    connector = Connector(tmp_path / "data", source(postgres, "cursor: changed, batch: 500", table.name))
    for goal in (1, 8_000, 20_000):
        connector.launch()
        eventually(lambda: len(connector.events) >= goal, 120, connector.log)
        time.sleep(chance.uniform(0, 0.3))
        table.stops_in_the_middle(connector)
        connector.kill()
    with connector:
        eventually(lambda: connector.status("sources", "shop").get("lastSuccess"), 120, connector.log)
        assert len(connector.events) < table.count * 1.2, "it goes on where it was"
        require_each_once(connector, table.count)


def test_a_server_that_stops_in_the_middle_delays_it_only(tmp_path, postgres):
    table = Table(postgres, "crm.halting", FEW)
    with Connector(tmp_path / "data", source(postgres, "batch: 500", table.name)) as connector:
        eventually(lambda: connector.events, 60, connector.log)
        table.stops_in_the_middle(connector)
        try:
            postgres.stop("immediate")
        finally:
            connector.process.send_signal(signal.SIGCONT)
        failing = eventually(lambda: (status := connector.status("sources", "shop"))["state"] == "failing" and status, 60,
                             "a failing source")
        assert re.search(r"connection|terminating", failing["error"])
        postgres.start()
        eventually(lambda: len(set(numbers(connector.events))) == table.count, 120, connector.log)
        require_each_once(connector, table.count)


def test_what_is_new_or_changed_comes_and_what_is_committed_late_as_well(tmp_path, postgres):
    postgres.sql("CREATE TABLE visits (id bigserial PRIMARY KEY, person text, n numeric, changed timestamptz DEFAULT now())")
    events = 'identify({"shop.visit": .id, "shop.visitor": .person}; {n})'
    by_time, by_number = "cursor: changed, lookback: 0", "cursor: id, lookback: 0"
    data = {"time": tmp_path / "time", "number": tmp_path / "number"}
    with (Connector(data["time"], source(postgres, by_time, "visits", events)) as timed,
          Connector(data["number"], source(postgres, by_number, "visits", events)) as numbered):
        postgres.sql("INSERT INTO visits (person, n) VALUES ('first', 1.50)")
        for connector in (timed, numbered):
            assert awaited(connector, "shop.visitor:first")
        with postgres.session() as slow:
            # It has a number and a time now, and is seen only after others that come later.
            slow.run("BEGIN")
            slow.run("INSERT INTO visits (person) VALUES ('late')")
            for person in ("second", "third"):
                postgres.sql(f"INSERT INTO visits (person) VALUES ('{person}')")
                for connector in (timed, numbered):
                    awaited(connector, f"shop.visitor:{person}")
                time.sleep(0.5)
            slow.run("COMMIT")
        for connector in (timed, numbered):
            awaited(connector, "shop.visitor:late")
        postgres.sql("UPDATE visits SET n = 2.10, changed = now() WHERE person = 'first'")
        eventually(lambda: awaited(timed, "shop.visitor:first")["traits"]["n"] == 2.1, 60, "the change")
        time.sleep(1)
        assert sorted(names(timed)) == ["first", "first", "late", "second", "third"], "each once, and the change"
        assert sorted(names(numbered)) == ["first", "late", "second", "third"]
        # After a restart the end is read again, with the same ids.
        before = {event["messageId"] for event in numbered.events}
        numbered.kill()
        numbered.start()
        postgres.sql("INSERT INTO visits (person) VALUES ('fourth')")
        awaited(numbered, "shop.visitor:fourth")
        assert len({event["messageId"] for event in numbered.events} - before) == 1


def names(connector: Connector) -> list[str]:
    return [name.split(":")[1] for event in connector.events for name in identifiers(event) if "visitor" in name]


def test_a_row_that_makes_no_sense_is_put_aside_and_a_value_that_returns_is_noticed(tmp_path, postgres):
    postgres.sql('CREATE TABLE "Odd.Ones" (id text PRIMARY KEY, document json, "The Name" text)',
                 """INSERT INTO "Odd.Ones" VALUES ('a', '{"x": "\\u0000"}', 'A'), ('b', '{"x": 1.0}', 'B'), ('c', NULL, NULL)""")
    events = 'if .id == "c" then error("none") else identify({"shop.odd": .id}; {name: ."The Name", x: .document.x}) end'
    with Connector(tmp_path / "data", source(postgres, "batch: 1", '\'"Odd.Ones"\'', events)) as connector:
        assert awaited(connector, "shop.odd:b")["traits"]["name"] == "B"
        eventually(lambda: len(connector.dead_letters) == 2, 60, connector.log)
        assert {letter["code"] for letter in connector.dead_letters} == {"invalid_json", "mapping_failed"}
        for name in ("C", "B"):
            postgres.sql(f"""UPDATE "Odd.Ones" SET "The Name" = '{name}' WHERE id = 'b'""")
            eventually(lambda: awaited(connector, "shop.odd:b")["traits"]["name"] == name, 60, name)
        assert len({event["messageId"] for event in connector.events}) == 3
        assert len(connector.dead_letters) == 2


def test_the_operator_is_told_what_is_wrong(tmp_path, postgres):
    postgres.sql("CREATE ROLE nobody LOGIN PASSWORD 'n'", "CREATE TABLE holes (id int, changed timestamptz)",
                 "INSERT INTO holes VALUES (1, NULL)")
    wrong = {
        "password": (source(postgres, password="an0ther"), "configuration: No connection could be made: password authentication"),
        "database": (source(postgres, database="nothing"), "configuration: .*nothing"),
        "table": (source(postgres, table="crm.nobody"), 'configuration: .*relation "crm.nobody" does not exist'),
        "column": (source(postgres, "cursor: nonsense"), "configuration: .*nonsense"),
        "right": (source(postgres, user="nobody", password="n"), "permission: .*permission denied"),
        "holes": (source(postgres, table="holes"), "configuration: .*NULL"),
        "server": (source(postgres).replace(str(postgres.port), "1"), "transient: .*refused"),
    }
    entries = [text.splitlines()[1].replace("name: shop", f"name: {name}") for name, (text, _) in wrong.items()]
    text = "\n".join(["sources:", *entries, source(postgres).splitlines()[1].replace("interval: 200ms", "interval: 1h")])
    with Hub(tmp_path / "data", text) as hub:
        for name, (_, reason) in wrong.items():
            checked = hub.kith("connector", "check", name, check=False)
            assert checked.returncode == 1 and re.search(reason, checked.stdout), (name, checked.stdout)
        assert hub.kith("connector", "check", "shop").stdout.startswith("ok")
        shown = hub.kith("connector", "read", "shop", "--limit", "2").stdout
        assert '"balance":2.10' in shown and len(shown.splitlines()) == 2
        assert "an0ther" not in hub.printed() + hub.log_of("connector") + hub.kith("connector", "status").stdout


# Writing.

TARGET = """
  - {{name: scores, type: postgresql, url: '{url}', table: crm.scores, key: [email, kind], retryFirst: 50ms}}
  - name: letters
    type: postgresql
    url: '{url}'
    retryFirst: 50ms
    statement: INSERT INTO letters (id, body) VALUES ($2, $1 -> 'text') ON CONFLICT (id) DO NOTHING
"""


def test_a_command_is_a_row_and_the_same_one_twice_is_one(tmp_path, postgres):
    postgres.sql('CREATE TABLE crm.scores (email text, kind text, total numeric NOT NULL, note text, "Since" timestamptz, '
                 "PRIMARY KEY (email, kind))", "CREATE TABLE letters (id text PRIMARY KEY, body jsonb)")
    with Connector(tmp_path / "data", "destinations:" + TARGET.format(url=postgres.url())) as connector:
        def deliver(destination: str, payload: dict[str, Any]) -> dict[str, Any]:
            event = connector.outcome(connector.command(destination, payload))["event"]
            return {"name": event["event"], **event["properties"]}

        row = {"email": "ada@example.com", "kind": "orders", "total": "2.10", "Since": "2026-01-01T00:00:00Z"}
        assert deliver("scores", {"body": row})["name"] == "Message Sent"
        postgres.sql("UPDATE crm.scores SET note = 'mine'")
        assert deliver("scores", {"action": "upsert", **row, "total": 3})["name"] == "Message Sent"
        assert postgres.sql("SELECT email, total, note, \"Since\" AT TIME ZONE 'UTC' FROM crm.scores") == [
            ["ada@example.com", "3", "mine", "2026-01-01 00:00:00"]]

        refused = {"NOT NULL": ({**row, "total": None}, "total.*not-null"), "unknown": ({**row, "colour": 1}, "colour"),
                   "no number": ({**row, "total": "much"}, "numeric"), "no key": ({"email": "a", "total": 1}, "“kind”")}
        for payload, reason in refused.values():
            outcome = deliver("scores", {"body": payload})
            assert outcome["name"] != "Message Sent" and re.search(reason, outcome["reason"]), outcome
        assert deliver("scores", {"body": {**row, "email": "grace@example.com"}})["name"] == "Message Sent"

        command = connector.command("letters", {"text": "hello", "n": 1})
        connector.outcome(command)
        assert postgres.sql("SELECT id, body FROM letters") == [[command, '"hello"']]

        # Without its server a delivery waits.
        postgres.stop("immediate")
        waiting = connector.command("scores", {"body": {**row, "kind": "visits"}})
        time.sleep(1)
        postgres.start()
        assert connector.outcome(waiting)["event"]["event"] == "Message Sent"
        assert postgres.sql("SELECT count(*) FROM crm.scores") == [["3"]]


def test_a_rule_writes_what_another_reads_under_one_name(tmp_path, postgres):
    postgres.sql("CREATE TABLE customers (id int PRIMARY KEY, email text, plan text)",
                 "INSERT INTO customers VALUES (1, 'ada@example.com', 'free')",
                 "INSERT INTO customers SELECT n, 'c' || n || '@example.com', 'free' FROM generate_series(2, 1000) AS n")
    text = (f"connectors:\n  - {{name: shop, type: postgresql, url: '{postgres.url()}', table: customers, key: id, interval: 200ms, "
            "retryFirst: 50ms, events: 'identify({\"shop.customer\": .id, email}; {plan, customer: .id})'}\n"
            "rules:\n  - name: upgrade\n    on: {event: Upgraded}\n    to: shop\n"
            "    webhook: {body: {id: '{{profile.traits.customer}}', plan: '{{event.properties.plan}}'}}\n")
    with Hub(tmp_path / "data", text) as hub:
        eventually(lambda: hub.one_profile("shop.customer:1"), 60, hub.printed)
        hub.post("/v1/track", {"userId": "42", "event": "Upgraded", "properties": {"plan": "pro"},
                               "context": {"externalIds": [{"type": "shop.customer", "id": "1"}]}})
        eventually(lambda: postgres.sql("SELECT email, plan FROM customers WHERE id = 1") == [["ada@example.com", "pro"]], 60, hub.printed)
        eventually(lambda: hub.one_profile("user:42")["traits"]["plan"] == "pro", 60, hub.printed)
        hub.settled()
        assert len(list(hub.export())) == 1000

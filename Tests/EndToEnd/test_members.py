"""Several processes of ingest, connector and notifier share the work, and come and go as they like."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from Faults.nats_servers import Servers

from support import Hub, Web, eventually
from support.files import whole_lines
from support.hub import is_final
from support.member import Member
from support.web import basic, bearer
from support_postgresql import PostgreSQL

SOURCES = [f"list{number}" for number in range(4)]
OUTS = [f"out{number}" for number in range(3)]
CONFIG = "\n".join(
    ["sources:"]
    + [f"  - {{name: {name}, type: ndjson, path: {name}.ndjson, interval: 1s, "
       f"events: 'identify({{\"crm.{name}\": .n}}; {{name}}) | at(.at)'}}" for name in SOURCES]
    + ["  - {name: rare, type: ndjson, path: rare.ndjson, interval: 1h, "
       "events: 'identify({\"crm.rare\": .n}; {name}) | at(.at)'}"]
    + ["destinations:"] + [f"  - {{name: {name}, type: ndjson, path: {name}.ndjson}}" for name in OUTS]
    + ["rules:"] + [f"  - {{name: to-{name}, on: {{event: Signed Up}}, to: {name}, "
                    f"webhook: {{body: {{who: '{{{{identifiers.user}}}}'}}}}}}" for name in OUTS])


#: What connectors have to share.
WORK = {f"source/{name}" for name in [*SOURCES, "rare"]} | {f"destination/{name}" for name in OUTS} | {"commands", "imports"}


class Crew:
    """The hub's own processes, and others beside them."""

    def __init__(self, hub: Hub, database: PostgreSQL):
        self.hub = hub
        self.database = database
        self.members: dict[str, Member] = {}

    def add(self, service: str, number: int) -> Member:
        name = f"{service}-{number}"
        self.members[name] = Member(self.hub, service, name).start()
        return self.members[name]

    def kill(self, name: str):
        self.members.pop(name).kill()

    def leases(self, service: str) -> dict[str, str]:
        """Who holds what."""
        return dict(self.database.sql(f"SELECT name, member FROM kith_{service}.lease WHERE name NOT LIKE 'lane/%'"))

    def is_shared(self, *members: str) -> bool:
        """Whether these connectors have all the work, and each a part; what moves from one to another is nobody's for a while."""
        leases = self.leases("connector")
        return set(leases.values()) == set(members) and WORK <= leases.keys()


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    data = tmp_path / "data"
    data.mkdir()
    for name in [*SOURCES, "rare"]:
        (data / f"{name}.ndjson").write_text("")
    with Servers(tmp_path / "nats", 1) as nats, PostgreSQL() as database:
        with Hub(data, CONFIG, environment={"KITH_LOG": nats.address, "KITH_STORE": database.url()}) as hub:
            crew = Crew(hub, database)
            yield crew
            for member in crew.members.values():
                member.end()


def test_members_come_and_go_and_nothing_is_lost_or_doubled(crew: Crew):
    hub = crew.hub
    second = crew.add("ingest", 2)
    crew.add("connector", 2)
    crew.add("notifier", 2)
    eventually(lambda: crew.is_shared("connector", "connector-2"), 60, lambda: f"shared work {crew.leases('connector')}")
    # What cannot be measured in time is missing.
    eventually(lambda: hub.metrics("connector").get("kith_connector_members") == 2, 60, "two members")
    says_the_same_whoever_is_asked(crew)

    doors = [hub.ingest, second.url]
    sent = 0

    def signs_up(count: int):
        nonlocal sent
        for number in range(sent, sent + count):
            with Web(doors[number % 2]) as web:
                event = json.dumps({"userId": f"u{number}", "event": "Signed Up", "messageId": f"m{number}"}).encode()
                headers = {"Content-Type": "application/json", **basic(hub.write_key)}
                answer = eventually(lambda: is_final(found := web.call("POST", "/v1/track", event, headers)) and found, 60,
                                    "an answer of the log's server")
                assert answer.status == 200, answer
            name = SOURCES[number % len(SOURCES)]
            with open(hub.data / f"{name}.ndjson", "a") as file:
                file.write(json.dumps({"n": number, "name": f"P {number}", "at": "2026-11-01T00:00:00Z"}) + "\n")
            time.sleep(random.uniform(0, 0.02))
        sent += count

    signs_up(30)
    crew.kill("connector-2")
    crew.kill("notifier-2")
    signs_up(30)
    eventually(lambda: crew.is_shared("connector"), 60, lambda: f"work that moved {crew.leases('connector')}")
    crew.add("connector", 3)
    late = crew.add("notifier", 3)
    signs_up(20)
    hub.kill("connector")
    hub.kill("notifier")
    signs_up(30)
    # It stalls for as long as the others need to take it for dead, and finds that out when it wakes.
    late.signal(signal.SIGSTOP)
    signs_up(20)
    assert crew.members["connector-3"].stop() == 0
    crew.add("connector", 4)
    eventually(lambda: crew.database.sql("SELECT present FROM kith_notifier.member WHERE name = 'notifier-3'") == [["0"]],
               60, "an expelled notifier-3")
    late.signal(signal.SIGCONT)
    assert late.wait() != 0
    signs_up(20)

    everybody = Counter(f"u{number}" for number in range(sent))
    for name in OUTS:
        eventually(lambda: delivered(hub, name) >= everybody, 180,
                   lambda: f"{everybody - delivered(hub, name)} in {name}\n{crew.leases('connector')}\n{hub.printed()}")
        assert delivered(hub, name) == everybody
    lines = hub.kith("tail", "commands", "--from", "0", "--no-follow", "--json").stdout
    commands = [json.loads(line)["value"]["id"] for line in lines.splitlines()]
    assert len(commands) == len(set(commands)) == sent * len(OUTS)
    # Each record of a source was put on the log once; the store counts them with the append that did it.
    eventually(lambda: taken(crew) == Counter(SOURCES[number % 4] for number in range(sent)), 60, lambda: f"{taken(crew)}")
    hub.settled()
    assert hub.one_profile(f"crm.{SOURCES[sent % 4 - 1]}:{sent - 1}")
    forgets_what_gone_members_wrote(crew)


def says_the_same_whoever_is_asked(crew: Crew):
    hub, other = crew.hub, crew.members["connector-2"]
    holder = crew.leases("connector")["source/rare"]
    asked = other.url if holder == "connector" else hub.connector
    eventually(lambda: other.status("sources")["rare"].get("lastSuccess"), 60, "a first reading")
    (hub.data / "rare.ndjson").write_text('{"n": 1, "name": "R", "at": "2026-11-01T00:00:00Z"}\n')
    with Web(asked) as web:
        assert web.call("POST", "/v1/sources/rare/run", headers=bearer(hub.admin_key)).status == 200
        eventually(lambda: hub.one_profile("crm.rare:1"), 60, "a reading that somebody else was asked for")
        assert web.call("POST", "/v1/sources/rare/pause", headers=bearer(hub.admin_key)).status == 200
    assert other.status("sources")["rare"]["state"] == "paused"
    with Web(hub.connector) as web:
        sources = web.call("GET", "/v1/status", headers=bearer(hub.read_key)).json()["sources"]
    assert next(source for source in sources if source["name"] == "rare")["state"] == "paused"


def forgets_what_gone_members_wrote(crew: Crew):
    receipt = crew.hub.admin("DELETE", "/v1/profiles/user:u3?reason=asked&author=eve").json()
    done = eventually(lambda: found if (found := crew.hub.admin("GET", f"/v1/erasures/{receipt['id']}").json())["state"] == "done"
                      else None, 180, lambda: f"{crew.hub.admin('GET', '/v1/erasures/' + receipt['id']).json()}")
    assert {"ingest-2", "notifier-2", "connector-2"} <= {entry["instance"] for entry in done["log"]}


def delivered(hub: Hub, name: str) -> Counter:
    return Counter(json.loads(line)["body"]["who"] for line in whole_lines(hub.data / f"{name}.ndjson"))


def taken(crew: Crew) -> Counter:
    rows = crew.database.sql("SELECT name, records FROM kith_connector.source WHERE name LIKE 'list%'")
    return Counter({name: int(count) for name, count in rows})

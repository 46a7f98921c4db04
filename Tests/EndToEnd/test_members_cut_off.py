"""Members that reach the database but not the log leave their work to others, which reach both, and get it back."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from Faults.nats_servers import Servers

from support import Hub, eventually
from support.cable import Cable
from support.member import Member
from support_postgresql import PostgreSQL
from test_members import CONFIG, SOURCES, WORK

#: Where the leases of each service are.
SCHEMAS = {"profile": "kith_profile_members", "connector": "kith_connector"}


class Crew:
    """The hub's own processes, which reach the log directly, and a twin of two of them, which reach it by a cable."""

    def __init__(self, hub: Hub, database: PostgreSQL, servers: Servers, cable: Cable):
        self.hub = hub
        self.database = database
        self.servers = servers
        self.cable = cable
        # Of the two profiles it is this one that resolves when both are there.
        names = {"profile": "profile-4", "connector": "connector-2"}
        log = {"KITH_LOG": f"nats://127.0.0.1:{cable.port}"}
        self.twins = {service: Member(hub, service, name, log) for service, name in names.items()}

    def leases(self, service: str) -> dict[str, str]:
        """Who holds what."""
        return dict(self.database.sql(
            f"SELECT name, member FROM {SCHEMAS[service]}.lease WHERE name NOT LIKE 'lane/%' AND name NOT LIKE 'cut off/%'"))

    def holders(self, service: str) -> set[str]:
        return set(self.leases(service).values())

    def is_shared(self) -> bool:
        """Whether everybody has all of their share; it comes to them piece by piece, and each is nobody's for a while."""
        shares = {lease: holder(lease, ("connector", "connector-2")) for lease in WORK}
        return self.holders("profile") == {"profile-4"} and shares.items() <= self.leases("connector").items()

    def all_leases(self) -> dict[str, Any]:
        return {service: self.leases(service) for service in SCHEMAS}

    def tell(self, id: str):
        event = {"userId": "ada", "event": "Came", "messageId": id}
        eventually(lambda: self.hub.post("/v1/track", event).status == 200, 120, "an event that is taken")

    def seen(self) -> int:
        """How many events the hub's own profile knows of, whoever took them in."""
        profile = self.hub.one_profile("user:ada")
        return profile["eventCount"] if profile else 0


def holder(lease: str, members: Iterable[str]) -> str:
    """Which of the members is to hold a lease: whoever has the greatest weight for it."""
    return max(members, key=lambda member: (weight(member, lease), member))


def weight(member: str, lease: str) -> int:
    """FNV-1a, whose bits are mixed at the end."""
    bits, mixed = (1 << 64) - 1, 0xCBF2_9CE4_8422_2325
    for byte in f"{lease}\0{member}".encode():
        mixed = (mixed ^ byte) * 0x100_0000_01B3 & bits
    for factor in (0xFF51_AFD7_ED55_8CCD, 0xC4CE_B9FE_1A85_EC53):
        mixed = (mixed ^ mixed >> 33) * factor & bits
    return mixed ^ mixed >> 33


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    data = tmp_path / "data"
    data.mkdir()
    for name in [*SOURCES, "rare"]:
        (data / f"{name}.ndjson").write_text("")
    with Servers(tmp_path / "nats", 1) as nats, PostgreSQL() as database, Cable(nats.all[0].port) as cable:
        with Hub(data, CONFIG, environment={"KITH_LOG": nats.address, "KITH_STORE": database.url()}) as hub:
            crew = Crew(hub, database, nats, cable)
            try:
                for twin in crew.twins.values():
                    twin.start()
                yield crew
            finally:
                for twin in crew.twins.values():
                    twin.end()


def test_who_is_cut_off_from_the_log_leaves_the_work_to_who_is_not(crew: Crew):
    crew.tell("first")
    eventually(lambda: crew.seen() == 1, 60, "a first event")
    eventually(crew.is_shared, 60, lambda: f"shared work {crew.all_leases()}")
    whole = set(crew.leases("connector"))
    is_cut_off(crew, whole)
    crew.cable.mend()
    eventually(crew.is_shared, 120, lambda: f"work that came back {crew.all_leases()}")
    assert set(crew.leases("connector")) == whole
    eventually(lambda: all(twin.is_ready() for twin in crew.twins.values()), 60, "twins that are ready")
    crew.tell("third")
    eventually(lambda: crew.seen() == 3, 60, "an event after that")
    nobody_reaches_it(crew)


def is_cut_off(crew: Crew, whole: set[str]):
    crew.cable.cut()
    start = time.monotonic()
    crew.tell("second")
    eventually(lambda: crew.seen() == 2, 120, lambda: f"an event that the other takes in {crew.all_leases()}")
    print(f"the other one resolved after {time.monotonic() - start:.1f} s")
    eventually(lambda: crew.holders("connector") == {"connector"} and set(crew.leases("connector")) == whole, 60,
               lambda: f"work that moved {crew.all_leases()}")
    for twin in crew.twins.values():
        answer = twin.call("GET", "/ready")
        assert answer.status == 503 and b'"log"' in answer.body, answer
    assert all(crew.hub.is_ready(service) for service in SCHEMAS)


def nobody_reaches_it(crew: Crew):
    """Then nothing moves, nobody ends, and nobody is less ready than before."""
    before = crew.all_leases()
    [server] = crew.servers.all
    server.kill()
    limit = time.monotonic() + 16
    while time.monotonic() < limit:
        assert crew.all_leases() == before
        assert all(twin.is_ready() for twin in crew.twins.values())
        time.sleep(0.5)
    server.start()
    crew.tell("fourth")
    eventually(lambda: crew.seen() == 4, 120, "an event after that")
    assert crew.all_leases() == before

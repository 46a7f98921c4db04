"""Stores and a log that are not of one installation: who starts on them is told so, and does not touch them."""

from pathlib import Path

from Faults.nats_servers import Servers

from support import Hub, eventually
from support.member import Member
from support_postgresql import PostgreSQL

CONFIG = """\
destinations:
  - {name: out, type: ndjson, path: out.ndjson}
rules:
  - name: welcome
    on: {event: Signed Up}
    to: out
    webhook: {body: {who: '{{identifiers.user}}'}}
"""
SERVICES = ("profile", "connector", "notifier")


def delivered(hub: Hub) -> int:
    out = hub.data / "out.ndjson"
    return len(out.read_text().splitlines()) if out.exists() else 0


def signs_up(hub: Hub, who: str, count: int):
    hub.send([{"type": "track", "userId": who, "event": "Signed Up", "messageId": who}])
    eventually(lambda: delivered(hub) == count, 60, hub.printed)


def test_who_has_another_log_does_not_start_on_stores_that_were_made_with_one(tmp_path: Path):
    """On those of somebody else in one database, and on one's own files of before; both at once, since it takes half a minute."""
    with Servers(tmp_path / "nats", 1) as nats, Servers(tmp_path / "other", 1) as other, PostgreSQL() as database:
        with Hub(tmp_path / "files", CONFIG) as former:
            signs_up(former, "ann", 1)
            eventually(lambda: former.lag() == 0, 60, former.printed)
        engines = {"KITH_LOG": nats.address, "KITH_STORE": database.url()}
        with Hub(tmp_path / "data", CONFIG, environment=engines) as hub:
            signs_up(hub, "ann", 1)
            # A command's place is noted with the command, and read from then on.
            eventually(lambda: hub.lag() == 0, 60, hub.printed)
            processes = {service: hub.pid(service) for service in SERVICES}
            elsewhere = {"KITH_LOG": other.address}
            refuses([Member(hub, service, f"{service}-2", elsewhere) for service in SERVICES]
                    + [Member(former, service, service, elsewhere) for service in SERVICES])
            for service in SERVICES:
                assert hub.pid(service) == processes[service]
                schema = "kith_profile_members" if service == "profile" else f"kith_{service}"
                assert f"{service}-2" not in [row[0] for row in database.sql(f"SELECT name FROM {schema}.member")]
            signs_up(hub, "bob", 2)
        with Hub(tmp_path / "files", CONFIG) as former:
            signs_up(former, "bob", 2)


def refuses(strays: list[Member]):
    """Starts them; each says that it waits for a log that knows its stores, and ends since there is none."""
    try:
        for stray in strays:
            stray.launch()
        # The servers might only not know of their partitions yet.
        eventually(lambda: all("The log shows nothing" in stray.log() for stray in strays), 60, lambda: strays[0].log())
        for stray in strays:
            assert stray.wait(300) != 0
            assert "was made with another log than this one" in stray.log()
    finally:
        for stray in strays:
            stray.end()

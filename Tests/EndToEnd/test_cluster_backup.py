"""A backup of the servers that keep the log and the stores, taken while events come in, and restored in other servers."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import support_snapshots
from Faults.nats_servers import Servers
from Torture.ledger import Ledger
from Torture.load import Load, until
from Torture.outside import Outside

from support import Hub, eventually
from support_postgresql import PostgreSQL, program


def test_what_was_acknowledged_before_a_backup_is_in_it(tmp_path: Path):
    with Outside(tmp_path) as outside:
        with Servers(tmp_path / "first", 1) as log, PostgreSQL() as store, hub(tmp_path / "a", outside, log, store) as before:
            with Load(before, outside, "early") as early:
                until(early, 300)
            before.settled()
            with Load(before, outside, "late") as late:
                until(late, 100)
                dump, streams = backup(log, store, tmp_path)
            before.kill_all()
        with Servers(tmp_path / "second", 1) as log, PostgreSQL() as store:
            restore(log, store, dump, streams)
            (tmp_path / "b").mkdir()
            # What the cluster has as secrets; everything else is in the backup.
            for secret in ("keys.json", "suppression.key"):
                shutil.copy(tmp_path / "a" / secret, tmp_path / "b" / secret)
            with hub(tmp_path / "b", outside, log, store) as after:
                after.settled()
                expect_once(after, early.ledger, outside)
                # It goes on from there: what came in after the backup comes in again, and others do.
                with Load(after, outside, "next") as following:
                    until(following, 300)
                after.settled()
                expect_once(after, following.ledger, outside)


def hub(data: Path, outside: Outside, log: Servers, store: PostgreSQL) -> Hub:
    return Hub(data, outside.configuration, environment={"KITH_LOG": log.address, "KITH_STORE": store.url()})


def backup(log: Servers, store: PostgreSQL, folder: Path) -> tuple[Path, list]:
    """The stores first: they must not be ahead of the log."""
    dump = folder / "store.dump"
    subprocess.run([program("pg_dump"), "--format=custom", f"--file={dump}", store.url()], check=True)
    return dump, [support_snapshots.take(log.address, name) for name in support_snapshots.names(log.address)]


def restore(log: Servers, store: PostgreSQL, dump: Path, streams: list):
    subprocess.run([program("pg_restore"), "--exit-on-error", "--dbname", store.url(), dump], check=True)
    for stream in streams:
        support_snapshots.put(log.address, stream)


def expect_once(running: Hub, ledger: Ledger, outside: Outside):
    """What was acknowledged is in the timelines once, and nobody was told anything under two ids."""
    for person, sent in ledger.sent.items():
        seen = Counter(event["messageId"] for event in running.events(f"user:{person}", limit=200))
        assert sent & ledger.acknowledged <= seen.keys() and set(seen.values()) == {1}
    eventually(lambda: running.lag() == 0, 30, "an end of the deliveries")
    assert all(len(ids) == 1 for ids in outside.messages.values()), "a message was sent under two ids"

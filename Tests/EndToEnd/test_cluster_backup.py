"""The documented backup of a cluster, taken while events come in, and restored in other servers.

Its scripts run as they are written; what stands for docker does it with servers of this machine.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from Faults.nats_servers import Servers
from test_compose import blocks
from Torture.ledger import Ledger
from Torture.load import Load, until
from Torture.outside import Outside

from support import Hub, eventually
from support_postgresql import PASSWORD, PostgreSQL, program
from test_backup import commands

STANDIN = Path(__file__).parent / "standins" / "docker.py"


def test_what_was_acknowledged_before_a_backup_is_in_it(tmp_path: Path):
    backup, restore = scripts()
    with Outside(tmp_path) as outside:
        with Servers(tmp_path / "first", 3) as log, PostgreSQL() as store, hub(tmp_path / "a", outside, log, store) as before:
            with Load(before, outside, "early") as early:
                until(early, 300)
            before.settled()
            with Load(before, outside, "late", pause=0.5) as late:
                until(late, 100)
                (tmp_path / "backup").mkdir()
                run(backup, tmp_path, log, store)
            before.kill_all()
        with Servers(tmp_path / "second", 3) as log, PostgreSQL() as store:
            owned(store)
            run(restore, tmp_path, log, store)
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


def test_stores_go_back_while_the_log_stays_and_nothing_is_lost_or_sent_again(tmp_path: Path):
    with Outside(tmp_path) as outside, Servers(tmp_path / "log", 1) as log, PostgreSQL() as store:
        with hub(tmp_path / "data", outside, log, store) as running:
            with Load(running, outside, "early") as early:
                until(early, 200)
            running.send([{"type": "identify", "userId": "eve", "traits": {"email": "eve@private.example"}, "messageId": "eve"}])
            running.settled()
            dumped(owned(store), tmp_path)
            with Load(running, outside, "late") as late:
                until(late, 200)
            # From then on it is in another schema.
            running.kith("rebuild")
            receipt = running.kith("erase", "user:eve", "--reason", "Asked.", "--yes", "--json")
            assert json.loads(receipt.stdout)["state"] == "done", receipt
            running.settled()
        for service in ("profile", "notifier"):
            back(store, log, service, tmp_path)
        with hub(tmp_path / "data", outside, log, store) as running:
            # Who was forgotten since is not there again, whether or not somebody asks for a rebuild.
            for name in ("user:eve", "email:eve@private.example"):
                assert running.one_profile(name) is None
            running.settled(120)
            with Load(running, outside, "next") as following:
                until(following, 100)
            running.settled()
            for load in (early, late, following):
                expect_once(running, load.ledger, outside)
            sent = commands(running)
            assert len(sent) == len(set(sent)), "nothing was asked for twice"
            eventually(lambda: running.status()["rebuild"]["state"] == "done", 120, lambda: f"a rebuild: {running.status()['rebuild']}")
            assert running.one_profile("user:eve") is None


def back(store: PostgreSQL, log: Servers, service: str, folder: Path):
    """Runs the script by which the store of a service goes back to the dump in `backup`."""
    [script] = [block for block in blocks("docs/several-machines.md") if "\nservice=profile\n" in block]
    run(script.replace("\nservice=profile\n", f"\nservice={service}\n"), folder, log, store)


def dumped(store: str, folder: Path):
    dump = folder / "backup" / "store.dump"
    dump.parent.mkdir()
    subprocess.run([program("pg_dump"), "--format=custom", f"--file={dump}", store], check=True)


def scripts() -> tuple[str, str]:
    """The documented ones: to make a backup, and to restore it, which has the same beginning."""
    page = blocks("docs/several-machines.md")
    [backup] = [block for block in page if "nats stream backup" in block]
    [restore] = [block for block in page if "nats stream restore" in block]
    beginning, end, _ = backup.partition("\n}\n")
    return backup, beginning + end + restore


def run(script: str, folder: Path, log: Servers, store: PostgreSQL):
    """Runs a script in the folder of the compose file, by what stands for docker."""
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / "log").write_text(f"{log.address}\n")
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "docker").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STANDIN}" "$@"\n')
    (folder / "bin" / "docker").chmod(0o755)
    surroundings = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(STANDIN.parents[1]),
                    "PGHOST": store.host, "PGPORT": str(store.port), "PGPASSWORD": PASSWORD}
    done = subprocess.run(["sh"], input=script, text=True, cwd=folder, env=surroundings, timeout=900,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def owned(store: PostgreSQL) -> str:
    """The address of the database that the compose file makes, with its owner, where there is none yet."""
    if not store.sql("SELECT 1 FROM pg_database WHERE datname = 'kith'"):
        store.sql(f"CREATE ROLE kith LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE kith OWNER kith")
    return store.url("kith", user="kith")


def hub(data: Path, outside: Outside, log: Servers, store: PostgreSQL) -> Hub:
    return Hub(data, outside.configuration, environment={"KITH_LOG": log.address, "KITH_STORE": owned(store)})


def expect_once(running: Hub, ledger: Ledger, outside: Outside):
    """What was acknowledged is in the timelines once, and nobody was told anything under two ids."""
    def seen(person: str) -> Counter[str]:
        name = f"user:{person}"
        return Counter(event["messageId"] for event in running.events(name, limit=200)) if running.one_profile(name) else Counter()

    # The file is read now and then, so that its last lines may be on the log only now.
    eventually(lambda: all(written <= seen(person).keys() for person, sent in ledger.sent.items() if (written := sent & ledger.written)),
               120, "what stands in the file")
    for person, sent in ledger.sent.items():
        found = seen(person)
        assert sent & ledger.acknowledged <= found.keys() and set(found.values()) == {1}
    eventually(lambda: running.lag() == 0, 120, "an end of the deliveries")
    assert all(len(ids) == 1 for ids in outside.messages.values()), "a message was sent under two ids"

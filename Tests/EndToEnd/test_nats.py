"""All services on a log that NATS servers keep."""

import time
from collections.abc import Callable
from pathlib import Path

from Faults.nats_servers import Servers
from test_metrics import page

from support import Hub, eventually
from support.files import contents

MARK = "zqx-nats-marker"


def person(number: int) -> dict:
    return {"type": "identify", "userId": f"nats-{number}", "messageId": f"nats-{number}",
            "traits": {"email": f"{number}@nats.example", "name": f"Person {number}"}}


def test_services_keep_their_topics_on_nats(hub: Callable[..., Hub], tmp_path: Path):
    with Servers(tmp_path / "nats", 1) as servers:
        running = hub(environment={"KITH_LOG": servers.address})
        running.send(map(person, range(300)))
        running.settled()
        traits = running.get("/v1/profiles/user:nats-299/traits").json()["traits"]
        assert traits["email"] == "299@nats.example"
        assert not (running.data / "log").exists(), "there is a log in the data directory as well"
        for has_former_log in (False, True):
            if has_former_log:
                (running.data / "log" / "events").mkdir(parents=True)
            kept = running.kith("backup", tmp_path / "backup", check=False)
            assert kept.returncode == 3 and "NATS servers" in kept.stderr, kept
            assert not (tmp_path / "backup").exists()

        [server] = servers.all
        server.kill()
        began = time.monotonic()
        answer = running.post("/v1/identify", person(300))
        assert answer.status == 503 and time.monotonic() - began < 120, answer
        server.start()
        eventually(lambda: running.post("/v1/identify", person(300)).status == 200, 60, "ingest taking events again")
        eventually(lambda: running.get("/v1/profiles/user:nats-300/traits").status == 200, 60, "the profile of the last person")
        assert running.stop() == 0


def test_a_server_that_is_away_is_seen(hub: Callable[..., Hub], tmp_path: Path):
    with Servers(tmp_path / "nats", 3) as servers:
        running = hub(environment={"KITH_LOG": servers.address})
        running.send(map(person, range(3)))
        running.settled()

        def copies(name: str) -> list[float]:
            samples = page(running, "profile").samples.get(f"kith_profile_log_{name}", [])
            return [value for labels, value in samples if labels["topic"] == "events"]

        eventually(lambda: (copies("replicas"), copies("replicas_missing")) == ([3], [0]), 60, "three copies")
        servers.all[2].kill()
        eventually(lambda: copies("replicas_missing") == [1], 60, "a copy that is missing")
        servers.all[2].start()
        eventually(lambda: copies("replicas_missing") == [0], 60, "three copies again")
        assert running.stop() == 0


def test_a_person_is_forgotten_on_nats(hub: Callable[..., Hub], tmp_path: Path):
    with Servers(tmp_path / "nats", 1) as servers:
        running = hub(environment={"KITH_LOG": servers.address})
        running.send([{"type": "track", "event": "Ordered", "userId": f"{MARK}-1", "messageId": "mark-1"}, person(1)])
        running.settled()
        assert holding(tmp_path / "nats"), "the events are not where they are looked for"
        receipt = running.admin("DELETE", f"/v1/profiles/user:{MARK}-1?reason=asked&author=eve")
        assert receipt.status == 202, receipt
        eventually(lambda: not holding(tmp_path / "nats"), 120, lambda: f"a clean log ({holding(tmp_path / 'nats')})")
        assert running.get("/v1/profiles/user:nats-1/traits").status == 200
        assert running.stop() == 0


def holding(path: Path) -> list[str]:
    """The servers' files that say something of the person."""
    return [str(file) for file, content in contents(path) if MARK.encode() in content]

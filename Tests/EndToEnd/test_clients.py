"""Unmodified clients from the registry: what they send arrives, each event once, whatever dies in between."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import Hub, eventually
from support.proxy import CountingProxy

PEOPLE, ROUNDS = 250, 4
EVENTS = PEOPLE * ROUNDS * 5
HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".venv" / "clients"


@dataclass(frozen=True)
class Client:
    """A client library, and the script and first arguments that drive it."""
    name: str
    command: tuple[str, ...]

    def start(self, host: str, key: str, prefix: str, pace: float) -> subprocess.Popen:
        library = INSTALLED / self.name
        assert library.is_dir(), f"{library} is missing: make test installs it"
        script, *first = self.command
        return subprocess.Popen(
            [sys.executable, HERE / "clients" / script, *first, host, key, prefix, str(PEOPLE), str(ROUNDS), str(pace)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(library)})


CLIENTS = [
    Client("segment-2.4.0", ("send_segment.py", "segment.analytics")),
    Client("segment-2.3.4", ("send_segment.py", "segment.analytics")),
    Client("rudder-2.1.9", ("send_segment.py", "rudderstack.analytics")),
    Client("posthog-7.91.1", ("send_posthog.py",)),
]
every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """An instance whose services get killed, apart from the one that the other tests share."""
    with Hub(tmp_path_factory.mktemp("fragile") / "data") as hub:
        yield hub


@every_client
def test_every_event_arrives_once_and_nothing_is_sent_twice(kith: Hub, client: Client):
    prefix = f"calm-{client.name}"
    with CountingProxy(kith.ingest) as proxy:
        sent = finish(client.start(proxy.url, kith.write_key, prefix, pace=0))
    assert proxy.statuses == Counter({200: len(proxy.passed)})
    assert proxy.taken == Counter(dict.fromkeys(sent, 1)), "the client sent something twice"
    kith.settled()
    assert in_timelines(kith, prefix) == Counter(dict.fromkeys(sent, 1))


@pytest.mark.parametrize("size", [1 << 20, 4 << 20], ids=["1 MiB", "4 MiB"])
def test_the_largest_messages_of_rudderstacks_client_arrive(kith: Hub, size: int):
    person = f"large-{size}"
    sender = subprocess.run(
        [sys.executable, HERE / "clients" / "send_large.py", kith.ingest, kith.write_key, person, str(size)],
        capture_output=True, text=True, timeout=900, check=True, env={**os.environ, "PYTHONPATH": str(INSTALLED / "rudder-2.1.9")})
    report = json.loads(sender.stdout)
    assert report["errors"] == [] and sender.stderr == ""
    kith.settled()
    # Newest first; the small one was sent before.
    page = kith.get(f"/v1/profiles/user:{person}/events").json()
    assert [event["messageId"] for event in page["events"]][:1] == [report["sent"]]
    assert len(page["events"][0]["event"]["properties"]["text"]) > size - 2000


@every_client
@pytest.mark.parametrize("service", ["ingest", "profile"])
def test_killing_a_service_loses_and_doubles_nothing(fragile: Hub, client: Client, service: str):
    prefix = f"{service}-{client.name}"
    with CountingProxy(fragile.ingest) as proxy:
        sender = client.start(proxy.url, fragile.write_key, prefix, pace=0.006)
        killer = threading.Thread(target=kill_three_times, args=(fragile, service, proxy))
        killer.start()
        sent = finish(sender)
        killer.join(600)
        assert not killer.is_alive(), "the service was not killed three times"
    # The client may be through before there is another one.
    eventually(lambda: fragile.is_ready(service), 60, lambda: f"another {service}\n{fragile.printed()}")
    fragile.settled(120)
    assert set(proxy.taken) == set(sent), "the client gave up on something"
    assert in_timelines(fragile, prefix) == Counter(dict.fromkeys(sent, 1))


def kill_three_times(hub: Hub, service: str, proxy: CountingProxy):
    for share in (0.15, 0.4, 0.65):
        eventually(lambda: len(proxy.taken) >= share * EVENTS, 120, f"{share:.0%} of the events taken")
        hub.kill(service)


def finish(sender: subprocess.Popen) -> list[str]:
    output, _ = sender.communicate(timeout=900)
    assert sender.returncode == 0
    report = json.loads(output)
    assert report["errors"] == []
    assert len(report["sent"]) == EVENTS == len(set(report["sent"]))
    return report["sent"]


def in_timelines(hub: Hub, prefix: str) -> Counter[str]:
    """How often each event stands in the timelines of the people with this prefix."""
    def timeline(number: int) -> list[str]:
        return [event["messageId"] for event in hub.events(f"user:{prefix}-{number}", limit=100)]

    with ThreadPoolExecutor(4) as readers:
        return Counter(id for ids in readers.map(timeline, range(PEOPLE)) for id in ids)

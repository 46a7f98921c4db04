"""The same events in another order, some of them twice, while the services are killed: the profiles must be the same."""

import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

from Generator import Event, Options, generate
from Generator.calls import NAMESPACES
from support import Hub
from support.hub import batches

from .kills import VICTIMS, kill
from .load import TRANSIENT, attempt
from .report import Outcome

SENDERS = 3
#: The part of the events that come twice, beside those that the generator delivers again.
DOUBLED = 0.2
BATCH = 20
#: How many differences are shown.
SHOWN = 5


def other_orders(folder: Path, programs: Path, times: int, events: int, random: Random) -> Iterator[Outcome]:
    """A hub that gets a stream in order is compared with one that gets it permuted and doubled, and is killed all the time."""
    outcome = Outcome("permuted and doubled input")
    for number in range(times):
        stream = list(generate(Options(events=events, seed=random.randrange(1 << 30))))
        with Hub(folder / f"orders-{number}" / "calm", programs=programs) as calm:
            calm_keys = keys(calm)
            for source, run in groupby(stream, lambda event: event.source):
                calm.send((event.call for event in run), key=calm_keys[source])
            calm.settled(300)
            expected = portraits(calm)
        with Hub(folder / f"orders-{number}" / "hurt", programs=programs) as hurt:
            sent = stream + random.choices(stream, k=int(len(stream) * DOUBLED))
            random.shuffle(sent)
            deaths = send_while_killing(hurt, sent, random)
            hurt.settled(300)
            found = portraits(hurt)
        outcome.times += 1
        outcome.notes.append(f"{len(stream)} events sent {len(sent)} times, {deaths} kills, {len(expected)} profiles")
        outcome.violations += differences(expected, found)
    yield outcome


def keys(hub: Hub) -> dict[str, str]:
    """A write key for each source of the generator."""
    return {source: hub.new_write_key(source, namespace) for source, namespace in NAMESPACES.items()}


def send_while_killing(hub: Hub, events: list[Event], random: Random) -> int:
    """Sends the events from several senders, and kills somebody again and again until all are taken; how often, is returned."""
    write_keys = keys(hub)
    work: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
    for batch in batches(events, BATCH):
        for source in {event.source for event in batch}:
            calls = [event.call for event in batch if event.source == source]
            work.put((write_keys[source], json.dumps({"batch": calls}).encode()))
    failures: list[BaseException] = []
    senders = [threading.Thread(target=deliver_all, args=(hub, work, failures), daemon=True) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    deaths = 0
    while any(sender.is_alive() for sender in senders):
        # Half of the time `profile`, which has the most to lose.
        kill(hub, random.choice(["profile", random.choice(VICTIMS)]))
        deaths += 1
        time.sleep(random.uniform(0, 0.5))
    if failures:
        raise failures[0]
    return deaths


def deliver_all(hub: Hub, work: queue.SimpleQueue, failures: list[BaseException]):
    try:
        while True:
            deliver(hub, *work.get_nowait())
            # Slow enough that the kills fall among all of them.
            time.sleep(0.01)
    except queue.Empty:
        pass
    except BaseException as failure:
        failures.append(failure)


def deliver(hub: Hub, key: str, body: bytes):
    while (answer := attempt(lambda: hub.ingest, key, body)) is None or answer.status != 200:
        assert answer is None or answer.status in TRANSIENT, answer
        time.sleep(0.05)


def portraits(hub: Hub) -> dict[frozenset[str], dict[str, Any]]:
    """Every profile by its identifiers, without what a store's secret or the time of arrival has a part in."""
    found = {}
    for short in hub.export():
        profile = hub.one_profile(short["id"], verbose="true")
        found[frozenset(f"{one['namespace']}:{one['value']}" for one in profile["identifiers"])] = {
            **{name: profile[name] for name in ("firstSeen", "lastSeen", "eventCount", "sources", "traits")},
            "identifiers": sorted(profile["identifiers"], key=lambda one: (one["namespace"], one["value"])),
            "timeline": Counter(event["messageId"] for event in hub.events(short["id"], limit=200)),
        }
    return found


def differences(expected: dict[frozenset[str], dict], found: dict[frozenset[str], dict]) -> Iterator[str]:
    """What is not the same: how much of it, and a few examples."""
    common = expected.keys() & found.keys()
    unlike = [(names, [key for key in expected[names] if expected[names][key] != found[names][key]])
              for names in common if expected[names] != found[names]]
    lost, gained = expected.keys() - common, found.keys() - common
    if lost or gained:
        yield f"{len(lost)} profiles are not there, and {len(gained)} others are in their place"
        for names in sorted(map(sorted, lost))[:SHOWN]:
            rivals = [sorted(other) for other in gained if other & set(names)]
            yield f"  {names} became {rivals}"
    if unlike:
        counts = Counter(key for _, keys in unlike for key in keys)
        yield f"{len(unlike)} profiles have other contents: {dict(counts)}"
        for names, keys in unlike[:SHOWN]:
            yield f"  {sorted(names)}: " + "; ".join(f"{key} {contrast(expected[names][key], found[names][key])}" for key in keys)


def contrast(expected: Any, found: Any) -> str:
    if isinstance(expected, dict):
        return str({key: (expected.get(key), found.get(key)) for key in {**expected, **found}
                    if expected.get(key) != found.get(key)})[:400]
    if isinstance(expected, list):
        return f"{[one for one in expected if one not in found]} not {[one for one in found if one not in expected]}"[:400]
    return f"{expected} not {found}"

"""The whole way: from the first POST to the last profile committed, and how well the profiles agree with the truth."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from Generator import Event, Options, generate
from Generator.calls import NAMESPACES
from Generator.score import Score, score
from support import Hub, Web, eventually
from support.hub import SERVICES, batches, peak_memory
from support.web import basic

SENDERS = 4


@dataclass
class Flow:
    """What one run took."""
    events: int
    seconds: float
    log_bytes: int
    store_bytes: int
    memory: dict[str, int] = field(default_factory=dict)
    score: Score | None = None
    #: Events a second when a new store reads them all from the log, which is one partition.
    from_log: float | None = None

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def prepared(events: list[Event]) -> Iterator[tuple[str, bytes]]:
    """The stream as its sources send it: each in batches of 100, the batches in the order in which they are full."""
    waiting: dict[str, list[dict]] = {}
    for event in events:
        batch = waiting.setdefault(event.source, [])
        batch.append(event.call)
        if len(batch) == 100:
            yield event.source, json.dumps({"batch": waiting.pop(event.source)}).encode()
    for source, batch in waiting.items():
        yield source, json.dumps({"batch": batch}).encode()


def run(hub: Hub, events: list[Event], scored: bool) -> Flow:
    """Sends the whole stream as fast as it is taken, and waits until profile has committed all of it."""
    keys = {source: hub.new_write_key(source, namespace) for source, namespace in NAMESPACES.items()}
    seconds = timed(hub, [(basic(keys[source]), body) for source, body in prepared(events)])
    log, store = size(hub.data / "log"), size(hub.data) - size(hub.data / "log") - size(hub.data / "logs")
    flow = Flow(len(events), seconds, log, store, memory(hub), agreement(hub, events) if scored else None)
    flow.from_log = read_again(hub)
    return flow


def timed(hub: Hub, posts: list[tuple[dict[str, str], bytes]], within: float = 600) -> float:
    """The seconds from the first POST until profile has committed the last event; returns once all others have read on."""
    start = time.monotonic()
    post_all(hub, posts)
    eventually(lambda: lag(hub) == 0, within, "everything committed")
    seconds = time.monotonic() - start
    hub.settled(within)
    return seconds


def read_again(hub: Hub) -> float:
    """Throws profile's store away: the events a second that it reads from the log and commits to a new one."""
    hub.stop()
    for file in hub.data.glob("profile*.sqlite*"):
        file.unlink()
    hub.start()
    # It has begun before it is ready: what it had still to read then is what is timed.
    start, behind = time.monotonic(), lag(hub)
    eventually(lambda: lag(hub) == 0, 600, "everything committed again")
    seconds = time.monotonic() - start
    hub.settled(600)
    return behind / seconds


def post_all(hub: Hub, posts: list[tuple[dict[str, str], bytes]]):
    """Sends from several connections; a refusal for overload is waited out, as SDKs do."""
    work: queue.SimpleQueue = queue.SimpleQueue()
    failures: list[BaseException] = []
    for post in posts:
        work.put(post)

    def sender():
        try:
            with Web(hub.ingest) as web:
                while True:
                    try:
                        headers, body = work.get_nowait()
                    except queue.Empty:
                        return
                    deliver(web, headers, body)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def deliver(web: Web, headers: dict[str, str], body: bytes):
    while (answer := web.call("POST", "/v1/batch", body, {"Content-Type": "application/json", **headers})).status == 429:
        time.sleep(0.05)
    assert answer.status == 200, answer


def lag(hub: Hub) -> int:
    """What profile has still to read of the events; all of them before it has committed any."""
    status = hub.status()
    if lags := [consumer["lag"] for consumer in status["consumers"] if consumer["topic"] == "events"]:
        return sum(lags)
    return sum(partition["head"] - partition["first"] for topic in status["topics"] if topic["name"] == "events"
               for partition in topic["partitions"])


def size(folder: Path) -> int:
    """The space that a folder takes on the disk."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def memory(hub: Hub) -> dict[str, int]:
    """The most memory that each service ever had resident, in MiB."""
    return {service: peak_memory(pid) for service in SERVICES if (pid := hub.pid(service))}


def agreement(hub: Hub, events: list[Event]) -> Score:
    """Each event counts for the profile that has the strongest of its identifiers that is not shared."""
    profiles = {f"{identifier['namespace']}:{identifier['value']}": profile["id"]
                for profile in hub.export() for identifier in profile["identifiers"] if not identifier["shared"]}
    predicted = {}
    for event in events:
        found = next((profiles[name] for name in identifiers(event) if name in profiles), None)
        if found:
            predicted[event.call["messageId"]] = found
    return score(((event.call["messageId"], str(event.person), event.flags) for event in events), predicted)


def identifiers(event: Event) -> Iterator[str]:
    call = event.call
    if "userId" in call:
        yield f"{NAMESPACES[event.source]}:{call['userId']}"
    for external in call.get("context", {}).get("externalIds", []):
        yield f"{external['type']}:{external['id']}"
    for place in (call.get("traits", {}), call.get("context", {}).get("traits", {})):
        if "email" in place:
            yield f"email:{place['email'].lower()}"
    for name in ("anonymousId", "previousId"):
        if name in call:
            yield f"anonymous:{call[name]}"


def measure(programs: Path, folder: Path, rounds: int, count: int) -> list[Flow]:
    """Several runs, each on an empty instance; the last one is scored."""
    events = list(generate(Options(events=count)))
    flows = []
    for number in range(rounds):
        with Hub(folder / f"flow-{number}", programs=programs) as hub:
            flows.append(run(hub, events, scored=number == rounds - 1))
    return flows


def fill(hub: Hub, people: int):
    """That many profiles, each with a user id, a mail address and a few traits."""
    calls = ({"type": "identify", "userId": f"reader-{number}", "messageId": f"reader-{number}",
              "traits": {"email": mailbox(number), "firstName": "Ada", "lastName": f"Reader {number}",
                         "plan": ("free", "pro")[number % 2], "visits": number % 100}} for number in range(people))
    headers = basic(hub.write_key)
    post_all(hub, [(headers, json.dumps({"batch": batch}).encode()) for batch in batches(calls, 100)])
    hub.settled(600)


def mailbox(number: int) -> str:
    return f"reader-{number}@mail.example"

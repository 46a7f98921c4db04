"""A service that is told to stop, in the middle of whatever it is at: it ends well, soon, and nothing is lost by it."""

import contextlib
import http.client
import itertools
import json
import os
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from support import Hub, Web, eventually, promptly
from support.hub import alive
from support.web import basic, bearer
from test_webhooks import INSIDE, THANKS, Endpoint, destination, ok

#: Whoever does not end by himself is ended after nine seconds and a half, sooner than an orchestrator kills. What is waited for
#: without a bound takes half a minute and more here; a machine that others use as well may stand still for some seconds.
LIMIT = 28


def told_to_stop(hub: Hub, service: str, stands_still: bool = False) -> float:
    """Sends a SIGTERM, insists that the service ends by itself and well, and returns the seconds that it took.

    One that stands still goes on, and has heard of it before anything else.
    """
    pattern = re.compile(rf"{service} (.*); it starts again")
    before = len(pattern.findall(hub.output.read_text()))
    start = time.monotonic()
    victim = hub.kill(service, signal.SIGTERM)
    if stands_still:
        os.kill(victim, signal.SIGCONT)
    promptly(lambda: not alive(victim), LIMIT, lambda: f"the end of {service}\n{hub.printed()}\n")
    took = time.monotonic() - start
    endings = eventually(lambda: pattern.findall(hub.output.read_text())[before:], 60, f"the exit code of {service}")
    assert endings == ["ended with exit code 0"], hub.printed()
    return took


def ready_again(hub: Hub, service: str):
    eventually(lambda: hub.is_ready(service), 60, lambda: f"another {service}\n{hub.printed()}\n")


def purchase(id: str, person: str = "ada") -> dict:
    return {"type": "track", "event": "Order Completed", "userId": person, "messageId": id}


def on_the_log(hub: Hub, topic: str = "events") -> Counter[str]:
    lines = hub.kith("tail", topic, "--from", 0, "--no-follow", "--json").stdout.splitlines()
    return Counter(json.loads(line)["value"].get("messageId") for line in lines)


class Sender:
    """Sends one event after the other on a kept connection, and knows which were acknowledged."""

    def __init__(self, hub: Hub, name: str):
        self.url = hub.ingest
        self.headers = {"Content-Type": "application/json", **basic(hub.write_key)}
        self.name = name
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        for number in itertools.count():
            id = f"{self.name}-{number}"
            while not self.over.is_set():
                if self.send(id):
                    self.acknowledged.append(id)
                    break
                time.sleep(0.02)
            if self.over.is_set():
                return

    def send(self, id: str) -> bool:
        """As an SDK does: whatever is no 200 is sent again."""
        try:
            with Web(self.url, timeout=10) as web:
                status = web.call("POST", "/v1/track", json.dumps(purchase(id)).encode(), self.headers).status
        except (OSError, http.client.HTTPException):
            return False
        self.statuses[status] += 1
        return status == 200

    def stop(self):
        self.over.set()
        self.thread.join(300)
        assert not self.thread.is_alive()


class Slow:
    """A request that is begun and not ended."""

    def __init__(self, hub: Hub, id: str, chunked: bool = False):
        address = urlsplit(hub.ingest)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=300)
        self.body = json.dumps(purchase(id)).encode()
        key = basic(hub.write_key)["Authorization"]
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(self.body)}"
        self.chunked = chunked
        self.socket.sendall(
            f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode())
        self.write(self.body[:20])

    def write(self, part: bytes):
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(part), part) if self.chunked else part)

    def finish(self):
        self.write(self.body[20:])
        if self.chunked:
            self.socket.sendall(b"0\r\n\r\n")

    def status(self) -> int | None:
        """The answer's status; nothing when the connection was closed without one."""
        try:
            answer = http.client.HTTPResponse(self.socket)
            answer.begin()
            return answer.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            self.socket.close()


def in_flight(hub: Hub) -> float:
    """How many bytes of bodies ingest has."""
    return hub.metrics("ingest").get("kith_ingest_inflight_bytes", 0)


def begun(hub: Hub, id: str, chunked: bool = False) -> Slow:
    """A request whose beginning was read; nobody else may send anything meanwhile."""
    before = in_flight(hub)
    request = Slow(hub, id, chunked)
    eventually(lambda: in_flight(hub) > before, 60, f"the beginning of {id}")
    return request


def test_ingest_answers_what_was_asked_and_does_not_wait_for_the_slow(hub: Callable[..., Hub]):
    running = hub()
    under_way = [begun(running, "in-time"), begun(running, "in-time-too", chunked=True)]
    stuck = [begun(running, "never"), begun(running, "never-too", chunked=True)]
    senders = [Sender(running, f"sender-{number}") for number in range(4)]
    eventually(lambda: all(len(sender.acknowledged) > 5 for sender in senders), 60, "events on their way")
    with Web(running.ingest) as idle:
        assert idle.call("GET", "/health").status == 200
        finished = threading.Event()

        def finish():
            for request in under_way:
                request.finish()
            finished.set()

        threading.Timer(1, finish).start()
        told_to_stop(running, "ingest")
        assert finished.is_set(), "it did not wait for what was under way"
    # A part of a body is no body: nobody is told that it is wrong, which a client would take for an answer.
    assert [request.status() for request in under_way] == [200, 200]
    assert {request.status() for request in stuck} <= {503, None}
    ready_again(running, "ingest")
    for sender in senders:
        sender.stop()
    acknowledged = {id for sender in senders for id in sender.acknowledged} | {"in-time", "in-time-too"}
    found = on_the_log(running)
    assert acknowledged <= set(found)
    assert not {"never", "never-too"} & set(found)
    assert {status for sender in senders for status in sender.statuses} <= {200, 503}
    running.settled()
    assert Counter(event["messageId"] for event in running.events("user:ada")) == Counter(set(found))


def test_it_says_that_it_is_not_ready_before_it_stops_serving(hub: Callable[..., Hub]):
    running = hub(environment={"KITH_DRAIN_SECONDS": "15"})
    with ThreadPoolExecutor() as pool:
        stopping = pool.submit(told_to_stop, running, "ingest")
        with Web(running.ingest) as web:
            eventually(lambda: web.call("GET", "/ready").status == 503, 60, "it says so")
            assert web.call("GET", "/ready").json()["status"] == "stopping"
            # Whoever has not heard of it yet is served, also on a new connection.
            assert running.post("/v1/track", purchase("late")).status == 200
        assert stopping.result() > 14
    ready_again(running, "ingest")
    assert on_the_log(running)["late"] == 1
    # In good order each of the others would take as long to end.
    running.kill_all()


def test_a_long_run_of_a_source_goes_on_where_it_stopped(hub: Callable[..., Hub], tmp_path: Path):
    count = 0
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "orders.ndjson").touch()
    running = hub("sources:\n  - {name: orders, type: ndjson, path: orders.ndjson, interval: 1s}\n")

    def is_in_the_middle() -> bool:
        """Whether it stands still after it has begun to read more, and before it has read all of that."""
        nonlocal count
        before, count = count, count + 20_000
        with open(folder / "orders.ndjson", "a") as file:
            file.writelines(json.dumps(purchase(f"order-{number}", f"person-{number % 50}")) + "\n" for number in range(before, count))
        eventually(lambda: running.metrics("connector").get('kith_connector_records_total{result="accepted",source="orders"}', 0) > before,
                   60, "the beginning")
        stopped = running.kill("connector", signal.SIGSTOP)
        if sum(on_the_log(running).values()) < count:
            return True
        os.kill(stopped, signal.SIGCONT)
        return False

    eventually(is_in_the_middle, 60, "a moment at which it is in the middle of it")
    told_to_stop(running, "connector", stands_still=True)
    ready_again(running, "connector")
    eventually(lambda: sum(on_the_log(running).values()) >= count, 300, "the rest")
    assert on_the_log(running) == Counter(f"order-{number}" for number in range(count))


@contextlib.contextmanager
def endpoint(seconds: float) -> Iterator[Endpoint]:
    """Somebody who takes his time for the first request; ``answered`` is set when that is over."""
    def answer(number: int) -> bytes:
        if number == 1:
            time.sleep(seconds)
            server.answered.set()
        return ok(204)

    with Endpoint(answer) as server:
        server.answered = threading.Event()
        yield server


def test_a_delivery_under_way_is_finished(hub: Callable[..., Hub]):
    with endpoint(1.5) as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS)
        running.post("/v1/track", purchase("bought"))
        eventually(lambda: crm.requests, 60, "an attempt")
        told_to_stop(running, "connector")
        assert crm.answered.is_set(), "it did not wait for the answer"
        ready_again(running, "connector")
        eventually(lambda: "Message Sent" in {event.get("name") for event in running.events("user:ada")}, 60, "its outcome")
        assert len(crm.requests) == 1


def test_a_delivery_that_takes_too_long_is_made_again_with_the_same_id(hub: Callable[..., Hub]):
    with endpoint(30) as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS)
        running.post("/v1/track", purchase("bought"))
        eventually(lambda: crm.requests, 60, "an attempt")
        told_to_stop(running, "connector")
        ready_again(running, "connector")
        eventually(lambda: len(crm.requests) == 2, 60, "another attempt")
        assert len({headers["webhook-id"] for headers, _ in crm.requests}) == 1


def test_a_notifier_that_waits_for_profile_stops_and_forgets_nothing(hub: Callable[..., Hub]):
    with Endpoint() as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS)
        running.post("/v1/track", purchase("first"))
        eventually(lambda: len(crm.requests) == 1, 60, "a message")
        # It has told of the event, and answers nobody any more.
        running.kith("log-level", "debug", "--service", "notifier")
        running.post("/v1/batch", {"batch": [purchase(f"more-{number}", f"person-{number}") for number in range(20)]})
        eventually(lambda: running.lag() == 0 or len(crm.requests) > 1, 60, "news for the notifier")
        stopped = running.kill("profile", signal.SIGSTOP)
        try:
            told_to_stop(running, "notifier")
        finally:
            os.kill(stopped, signal.SIGCONT)
        ready_again(running, "notifier")
        eventually(lambda: len(crm.requests) == 21, 120, lambda: f"every message, not {len(crm.requests)}")
        time.sleep(0.5)
        assert len({headers["webhook-id"] for headers, _ in crm.requests}) == len(crm.requests) == 21


def test_profile_stops_between_batches_and_takes_every_event_once(hub: Callable[..., Hub]):
    running = hub()
    count = 0

    def has_something_to_do() -> bool:
        """It has nothing of what is sent before all is there, however fast it is."""
        nonlocal count
        before, count = count, count + 12_000
        stopped = running.kill("profile", signal.SIGSTOP)
        try:
            running.send((purchase(f"event-{number}", f"person-{number % 40}") for number in range(before, count)), size=1000)
        finally:
            os.kill(stopped, signal.SIGCONT)
        return running.lag() > 0

    with Web(running.profile) as stream, Web(running.profile) as idle:
        # Somebody who listens, and somebody who does not read what he asked for.
        stream.connection.request("GET", "/v1/profiles/stream", headers=bearer(running.read_key))
        assert stream.connection.getresponse().status == 200
        assert idle.call("GET", "/health").status == 200
        eventually(has_something_to_do, 60, "something to do")
        told_to_stop(running, "profile")
    ready_again(running, "profile")
    running.settled(120)
    seen = sum(running.one_profile(f"user:person-{number}")["eventCount"] for number in range(40))
    assert seen == count


def is_under_way(rebuild: dict) -> bool:
    """Whether it has done something; several processes tell how far they are only now and then."""
    return rebuild["state"] == "running" and (rebuild["progress"]["done"] > 0 or rebuild["phase"] != "reading")


def test_a_rebuild_goes_on_with_the_next_process(hub: Callable[..., Hub], tmp_path: Path):
    rules = tmp_path / "data" / "identity.yaml"
    rules.parent.mkdir()
    rules.write_text("traits:\n  plan: {keep: max}\n")
    running = hub()
    # More than the store in use takes in at once: a rebuild that is so close is ready at once.
    running.send(({"type": "identify", "userId": f"person-{number % 2000}", "messageId": f"e-{number}",
                   "timestamp": f"2026-01-01T00:00:{number % 60:02}Z", "traits": {"plan": f"plan {number}"}} for number in range(20_000)),
                 size=1000)
    running.settled(120)
    rules.write_text("traits:\n  plan: {keep: first}\n")
    assert running.admin("POST", "/v1/rebuild", {}).status == 202

    def is_caught() -> bool:
        """Whether a rebuild is under way; after one that was done before anybody looked there is another."""
        rebuild = running.get("/v1/rebuild").json()
        if rebuild["state"] == "done":
            assert running.admin("POST", "/v1/rebuild", {}).status == 202
        return is_under_way(rebuild)

    eventually(is_caught, 60, "a rebuild under way")
    told_to_stop(running, "profile")
    ready_again(running, "profile")
    eventually(lambda: running.get("/v1/rebuild").json()["state"] == "done", 180, lambda: f"its end: {running.get('/v1/rebuild').json()}")
    assert sum(profile["eventCount"] for profile in running.export()) == 20_000

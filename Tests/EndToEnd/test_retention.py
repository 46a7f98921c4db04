"""Retention: old records leave the log, and nobody who has still to read them notices."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support import Hub, eventually
from test_webhooks import INSIDE, Endpoint, destination

RULES = """\
rules:
  - {name: told, on: {event: Ordered}, to: hook, webhook: {body: {order: "{{event.properties.order}}"}}}
"""
ORDERS, OTHERS = 60, 1500


class Shop:
    """An instance whose files are small and whose `changes` are old after a second, with somebody who hears of every order."""

    def __init__(self, hub, endpoint: Endpoint, more: str = ""):
        self.endpoint = endpoint
        self.orders = 0
        self.hub: Hub = hub(f"destinations:\n{destination('hook', endpoint.url, INSIDE)}{RULES}"
                            f"retention:\n  changes: {{age: 1s}}\n{more}")

    def sells(self):
        """Orders, each by somebody else, among much else; returns once `profile` has taken it in."""
        orders = range(self.orders, self.orders + ORDERS)
        self.orders += ORDERS
        self.hub.send(event for order in orders for event in [
            {"type": "track", "userId": f"u-{order}", "messageId": f"order-{order}", "event": "Ordered",
             "properties": {"order": order}},
            *({"type": "page", "userId": f"u-{order}-{number}", "name": "Home"} for number in range(OTHERS // ORDERS))])
        eventually(lambda: self.position("profile", "events", "ingest") == self.orders + self.orders // ORDERS * OTHERS,
                   120, self.hub.printed)

    def everything_is_told(self):
        """Every order was heard of, once."""
        eventually(lambda: len(self.endpoint.requests) >= self.orders, 120, self.hub.printed)
        self.hub.settled()
        assert sorted(json.loads(body)["order"] for _, body in self.endpoint.requests) == list(range(self.orders))

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """`notifier` stands still meanwhile, and retention does not."""
        pid = self.hub.kill("notifier", signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def await_rounds(self, number: int):
        """Until retention was applied so often from now on."""
        start = self.rounds
        eventually(lambda: self.rounds >= start + number, 120, self.hub.printed)

    @property
    def rounds(self) -> float:
        return self.hub.metrics("profile").get("kith_profile_log_retention_rounds_total", 0)

    def partition(self, topic: str, name: str) -> dict[str, int]:
        topics = {entry["name"]: entry for entry in self.hub.status()["topics"]}
        return next(entry for entry in topics[topic]["partitions"] if entry["name"] == name)

    def first(self, topic: str, name: str) -> int:
        return self.partition(topic, name)["first"]

    def position(self, consumer: str, topic: str, name: str) -> int:
        return next((entry["position"] for entry in self.hub.status()["consumers"]
                     if (entry["name"], entry["topic"], entry["partition"]) == (consumer, topic, name)), 0)


@pytest.fixture
def endpoint():
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def small_files(monkeypatch):
    monkeypatch.setenv("KITH_SEGMENT_SIZE", "64KiB")


def test_old_changes_go_and_who_is_slow_loses_none(hub, endpoint):
    shop = Shop(hub, endpoint)
    shop.sells()
    shop.everything_is_told()
    eventually(lambda: shop.first("changes", "profile") > 0, 60, shop.hub.printed)
    with shop.unheard():
        shop.sells()
        shop.await_rounds(4)
        position = shop.position("notifier", "changes", "profile")
        assert shop.first("changes", "profile") <= position < shop.partition("changes", "profile")["head"]
    shop.everything_is_told()
    eventually(lambda: shop.first("changes", "profile") > position, 60, shop.hub.printed)
    assert "Removed old records from the log" in shop.hub.log_of("profile")
    # They are counted once all that a round removes is gone.
    eventually(lambda: shop.hub.metrics("profile").get('kith_profile_log_removed_records_total{topic="changes"}', 0) > position, 60,
               shop.hub.printed)

    # Of the other topics nothing goes, and nothing of the events is missing.
    assert all(partition["first"] == 0 for topic in shop.hub.status()["topics"] if topic["name"] != "changes"
               for partition in topic["partitions"])
    [event] = shop.hub.get("/v1/profiles/user:u-0/events", name="Ordered").json()["events"]
    assert event["event"]["properties"] == {"order": 0}
    page = shop.hub.shown_status()
    assert all(word in page for word in ("for ever", "1s", "30d", "90d")), page


def test_old_events_go_once_nobody_needs_them(hub, endpoint):
    shop = Shop(hub, endpoint, more="  events: {age: 1s}\n")
    shop.sells()
    shop.everything_is_told()
    eventually(lambda: shop.first("events", "ingest") > 0, 60, shop.hub.printed)
    with shop.unheard():
        heard = shop.partition("events", "ingest")["head"]
        shop.sells()
        shop.await_rounds(4)
        assert shop.first("events", "ingest") <= heard
    shop.everything_is_told()
    eventually(lambda: shop.first("events", "ingest") > heard, 60, shop.hub.printed)
    assert shop.hub.admin("GET", "/v1/dead-letters").json()["deadLetters"] == []

    # What followed from the events stays, and all of it goes on after a restart.
    shop.hub.stop()
    shop.hub.start()
    [event] = shop.hub.get("/v1/profiles/user:u-0/events", name="Ordered").json()["events"]
    assert event["gone"] is True and "event" not in event and event["identifier"] == "user:u-0"
    shop.sells()
    shop.everything_is_told()
    assert shop.hub.status()["profiles"] == 3 * (ORDERS + OTHERS)


def test_a_wrong_retention_is_refused_with_its_line(tmp_path):
    wrong = Hub(tmp_path / "data", "rules: []\nretention:\n  changes: {age: 30d}\n  control: {age: 30d}\n")
    wrong.launch()
    assert wrong.process.wait(300) != 0
    assert "kith.yaml, line 4: “control” is kept for ever" in wrong.printed()

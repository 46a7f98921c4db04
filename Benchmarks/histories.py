"""Long histories: bringing together and taking apart two people who have one, and one more event of a phone that has.

A merge moves identifiers, not events; and what an event costs does not grow with those before it.
"""

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flow
from decisions import Desk, explained, timed
from support import Hub, Web
from support.hub import batches
from support.web import basic, bearer
from timing import Latencies, Timings, until

CUSTOMER, CONTACT = "shop.customer:long", "crm.contact:long"
MAILBOX = "long@mail.example"
PHONE, OWNER = "device:handset", "user:owner"
#: So many events of the phone are timed one by one, after few others and after many.
TIMES = 30
FEW = 1000


def measure(programs: Path, folder: Path, events: int) -> Timings:
    """Two profiles of so many events each: by an event that joins them and one that parts them, then by decisions."""
    with Hub(folder / "histories", programs=programs) as hub:
        keys = {"shop": hub.new_write_key("shop", "shop.customer"), "crm": hub.new_write_key("crm", "crm.contact")}
        flow.timed(hub, [(basic(key), body) for key in keys.values() for body in history(events)])
        desk = Desk(hub)
        hub.send([{"type": "identify", "userId": "long", "traits": {"email": MAILBOX}}], key=keys["shop"])
        hub.settled(600)
        joining = [{"type": "identify", "userId": "long", "traits": {"email": MAILBOX}}]
        # Once two logins name the mailbox, it is nobody's, and what it joined is apart.
        parting = [{"type": "identify", "userId": name, "traits": {"email": MAILBOX}} for name in ("ann", "bob")]
        return {
            "merge by an event, from its POST": seen(hub, desk, joining, keys["crm"], True),
            "split by an event, from its POST": seen(hub, desk, parting, hub.write_key, False),
            **timed(desk, "links", ("merge: POST /v1/identity/links", "split: its DELETE"), [(CUSTOMER, CONTACT)] * 10),
            **explained(desk, "explain why they are two", [(CUSTOMER, CONTACT)] * 10),
        }


def history(events: int) -> Iterator[bytes]:
    calls = ({"type": "track", "event": "Product Viewed", "userId": "long", "messageId": f"long-{number}",
              "properties": {"sku": f"sku-{number % 5000}", "price": 18.99}} for number in range(events))
    yield from (json.dumps({"batch": batch}).encode() for batch in batches(calls, 100))


def seen(hub: Hub, desk: Desk, events: list[dict[str, Any]], key: str, are_together: bool) -> Latencies:
    """Sends events, and asks until the two are one, or are two."""
    assert desk.are_together(CUSTOMER, CONTACT) != are_together
    start = time.monotonic()
    hub.send(events, key=key)
    return Latencies([until(lambda: desk.are_together(CUSTOMER, CONTACT) == are_together, start)])


def measure_phone(programs: Path, folder: Path, events: int) -> tuple[Timings, float]:
    """Single events of a phone after few and after so many others, then a login; and how many times as long the late ones take."""
    with Hub(folder / "phone", programs=programs) as hub:
        phone = Phone(hub)
        phone.grow(FEW)
        early = phone.timed()
        phone.grow(events)
        late = phone.timed()
        timings = {f"an event after {FEW:,}, from its POST": early, f"an event after {events:,}, from its POST": late,
                   "then a login, from its POST": phone.login()}
        return timings, statistics.median(late.samples) / statistics.median(early.samples)


class Phone:
    """A phone on which nobody is named: each event names it twice and tells traits, as the mobile SDKs send them."""

    def __init__(self, hub: Hub):
        self.hub = hub
        self.web = Web(hub.profile, timeout=60)
        self.readers = bearer(hub.read_key)
        self.events = 0

    def grow(self, events: int):
        """Sends more until there were so many."""
        calls = (self.next_call() for _ in range(events - self.events))
        headers = basic(self.hub.write_key)
        flow.timed(self.hub, [(headers, json.dumps({"batch": batch}).encode()) for batch in batches(calls, 100)])

    def timed(self) -> Latencies:
        """Sends one after the other, and asks each time until what it told is seen."""
        return Latencies([self.sent(self.next_call(), PHONE) for _ in range(TIMES)])

    def login(self) -> Latencies:
        """Somebody logs in, whose all of it is then."""
        call = {**self.next_call(), "type": "identify", "userId": OWNER.partition(":")[2]}
        return Latencies([self.sent(call, OWNER)])

    def next_call(self) -> dict[str, Any]:
        self.events += 1
        return {"type": "screen", "name": "Home", "anonymousId": "installation", "messageId": f"phone-{self.events}",
                "context": {"device": {"id": "handset"}, "traits": {"firstName": "Ada", "step": self.events}}}

    def sent(self, call: dict[str, Any], identifier: str) -> float:
        step = call["context"]["traits"]["step"]
        start = time.monotonic()
        self.hub.send([call])
        return until(lambda: self.traits(identifier).get("step") == step, start)

    def traits(self, identifier: str) -> dict[str, Any]:
        answer = self.web.call("GET", f"/v1/profiles/{identifier}/traits", headers=self.readers)
        assert answer.status in (200, 404), answer
        return answer.json()["traits"] if answer.status == 200 else {}

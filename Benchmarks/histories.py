"""Bringing together and taking apart two people with long histories: a merge moves identifiers, not events."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flow
from decisions import Desk, explained, timed
from support import Hub
from support.hub import batches
from support.web import basic
from timing import Latencies, Timings, until

CUSTOMER, CONTACT = "shop.customer:long", "crm.contact:long"
MAILBOX = "long@mail.example"


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

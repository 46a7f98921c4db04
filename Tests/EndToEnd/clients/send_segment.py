"""Sends events with Segment's or RudderStack's own Python client, and prints the ids it gave them.

    send_segment.py MODULE HOST KEY PREFIX PEOPLE ROUNDS PACE
"""

import importlib
import json
import sys
import time

module, host, key, prefix, people, rounds, pace = sys.argv[1:]
errors: list[str] = []
client = importlib.import_module(module).Client(key, host=host, on_error=lambda error, batch: errors.append(repr(error)))
sent: list[str] = []


def note(outcome):
    queued, message = outcome
    assert queued
    sent.append(message["messageId"])


for turn in range(int(rounds)):
    for number in range(int(people)):
        person = f"{prefix}-{number}"
        note(client.identify(person, {"name": f"Person {number}", "visits": turn}))
        note(client.track(person, "Item Viewed", {"turn": turn, "price": 2.10}))
        note(client.page(person, "shop", "Home", {"turn": turn}))
        note(client.group(person, f"{prefix}-company-{number % 7}", {"name": "A company"}))
        note(client.alias(f"{prefix}-former-{number}", person))
        time.sleep(float(pace))
client.shutdown()
json.dump({"sent": sent, "errors": errors}, sys.stdout)

"""Sends events with PostHog's own Python client, and prints the ids it gave them.

    send_posthog.py HOST KEY PREFIX PEOPLE ROUNDS PACE
"""

import json
import sys
import time

from posthog import Posthog

host, key, prefix, people, rounds, pace = sys.argv[1:]
errors: list[str] = []
# It tries as often as the other clients do by themselves; its own three times are over after seven seconds.
client = Posthog(key, host=host, max_retries=10, on_error=lambda error, batch: errors.append(repr(error)))
sent: list[str | None] = []

for turn in range(int(rounds)):
    for number in range(int(people)):
        person = f"{prefix}-{number}"
        company = f"{prefix}-company-{number % 7}"
        sent.append(client.set(distinct_id=person, properties={"name": f"Person {number}", "visits": turn}))
        sent.append(client.capture("Item Viewed", distinct_id=person, properties={"turn": turn, "price": 2.10}))
        sent.append(client.capture("$pageview", distinct_id=person, properties={"$current_url": "https://shop.example/"}))
        sent.append(client.group_identify("company", company, {"name": "A company"}, distinct_id=person))
        sent.append(client.alias(f"{prefix}-former-{number}", person))
        time.sleep(float(pace))
client.shutdown()
assert None not in sent
json.dump({"sent": sent, "errors": errors}, sys.stdout)

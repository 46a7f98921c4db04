"""Rules that wait for what becomes of messages."""

import json
import time

from support import Hub, eventually
from test_webhooks import INSIDE, Endpoint, destination, ok

RULES = """\
rules:
  - {name: thanks, on: {event: Order Completed}, to: crm, webhook: {body: {says: '{{rule}}'}}}
  - {name: noted, on: {event: Message Sent}, to: crm, webhook: {body: {says: '{{rule}}'}}}
  - {name: alarm, on: {event: Message Failed}, to: ops, webhook: {body: {says: '{{rule}}'}}}
  - {name: alert, on: {event: Message Failed}, to: ops, webhook: {body: {says: '{{rule}}'}}}
"""


def said(endpoint: Endpoint) -> list[str]:
    return sorted(json.loads(body)["says"] for _, body in endpoint.requests)


def test_no_rule_answers_what_it_has_led_to(hub):
    with Endpoint() as crm, Endpoint(lambda number: ok(410)) as ops:
        running: Hub = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + destination("ops", ops.url, INSIDE)
                           + RULES)
        running.send([{"type": "track", "userId": "1", "messageId": "paid", "event": "Order Completed"}])
        eventually(lambda: said(crm) == ["noted", "thanks"], 60, running.printed)
        running.send([{"type": "track", "userId": "1", "messageId": "broken", "event": "Message Failed"}])
        # Each answers the event, and the other's failure once.
        eventually(lambda: said(ops) == ["alarm", "alarm", "alert", "alert"], 60, running.printed)
        time.sleep(1)
        running.settled()
        assert len(crm.requests) == 2 and len(ops.requests) == 4

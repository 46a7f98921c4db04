"""One request's id leads through everything that comes of it."""

import json
import re
from collections.abc import Callable

import pytest

from support import Answer, Hub, Web, eventually
from support.hub import SERVICES
from support.web import basic
from test_webhooks import INSIDE, THANKS, Endpoint, destination

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def post(hub: Hub, body: object, **headers: str) -> Answer:
    return hub.post("/v1/batch", {"batch": body}, headers=headers)


def purchase(id: str) -> dict:
    return {"type": "track", "event": "Order Completed", "userId": f"person-{id}", "messageId": id}


def tail(hub: Hub, topic: str, *more: str) -> list[dict]:
    return [json.loads(line) for line in hub.kith("tail", topic, "--from", 0, "--no-follow", "--json", *more).stdout.splitlines()]


def logged(hub: Hub, service: str) -> list[dict]:
    lines = [json.loads(line) for line in hub.log_of(service).splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("trace.id") == TRACE]


def test_an_id_goes_from_the_request_to_the_delivery_and_its_log_lines(hub: Callable[..., Hub]):
    with Endpoint() as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS, options=["--log-level", "debug"])
        post(running, [purchase("before")])
        answer = post(running, [purchase("one"), purchase("two"), {"type": "track"}], traceparent=PARENT)
        assert answer.status == 200 and answer.headers["x-request-id"] == TRACE
        # A span of our own within the caller's trace.
        assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", answer.headers["traceparent"])
        assert answer.headers["traceparent"] != PARENT
        post(running, [purchase("after")])
        eventually(lambda: len(crm.requests) == 4, 60, "the deliveries")
        running.settled()

        events = tail(running, "events", "--trace", TRACE)
        assert [event["value"]["messageId"] for event in events] == ["one", "two"]
        changed = {event["messageId"] for change in tail(running, "changes", "--trace", TRACE) for event in change["value"]["events"]}
        assert {"one", "two"} <= changed
        commands = tail(running, "commands", "--trace", TRACE)
        assert {command["value"]["causedBy"] for command in commands} == {"one", "two"}
        [letter] = tail(running, "dead-letters", "--trace", TRACE)
        assert letter["value"]["trace"].startswith(f"00-{TRACE}-")
        delivered = [headers["traceparent"] for headers, _ in crm.requests]
        assert sum(f"-{TRACE}-" in trace for trace in delivered) == 2
        assert len({trace.split("-")[1] for trace in delivered}) == 3

        for service, words in (("ingest", "Took in events"), ("profile", "Took in an event"), ("notifier", "Made a message"),
                               ("connector", "Made an attempt")):
            eventually(lambda: words in {line["message"] for line in logged(running, service)}, 60, f"“{words}” of {service}")


def test_it_survives_the_end_of_every_service(hub: Callable[..., Hub]):
    with Endpoint() as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS)
        post(running, [purchase("one")], traceparent=PARENT)
        for service in ("profile", "notifier", "connector"):
            running.kill_and_await(service)
        eventually(lambda: crm.requests, 60, "the delivery")
        assert f"-{TRACE}-" in crm.requests[0][0]["traceparent"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("given", [None, "", "00-zz-1-01", PARENT.replace(TRACE, "0" * 32), PARENT.upper(), f"{PARENT}-more"])
def test_a_request_without_a_good_id_gets_one_of_its_own(kith: Hub, service: str, given: str | None):
    headers = {} if given is None else {"traceparent": given}
    with Web(kith.url(service)) as web:
        answers = [web.call("GET", path, headers=headers) for path in ("/health", "/v1/nothing", "/v1/status", "/health")]
    ids = [answer.headers.get("x-request-id") for answer in answers]
    assert all(re.fullmatch("[0-9a-f]{32}", id or "") for id in ids), answers
    assert len(set(ids)) == 4 and TRACE not in ids


def test_a_later_version_is_understood_as_far_as_it_is_known(kith: Hub):
    with Web(kith.ingest) as web:
        answer = web.call("GET", "/health", headers={"traceparent": f"01-{PARENT[3:]}-what-will-be"})
    assert answer.headers["x-request-id"] == TRACE


def test_scripts_of_web_pages_may_send_it_and_read_the_id(kith: Hub):
    with Web(kith.ingest) as web:
        asked = web.call("OPTIONS", "/v1/track", headers={
            "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, traceparent"})
        assert "traceparent" in asked.headers["access-control-allow-headers"]
        answer = web.call("POST", "/v1/track", json.dumps(purchase("page")).encode(),
                          {"Origin": "https://shop.example", **basic(kith.write_key)})
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]

"""What the services log: how they are, and nothing of anybody's. A story in which everything that can go wrong does."""

import base64
import json
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import pytest
from standardwebhooks.webhooks import Webhook

from support import Hub, Web, eventually
from support.hub import SERVICES
from support.ports import free_port
from support.web import basic, bearer
from test_smtp import Mailbox, Server
from test_webhooks import INSIDE, SECRET, Endpoint, destination, ok

NAME, EMAIL, PHONE, ACCOUNT = "Valentina Verysecret", "valentina.verysecret@private.example", "+4917655500123", "account-verysecret"
MARKS = ["verysecret", "17655500123"]

CONFIG = """\
sources:
  - {{name: contacts, type: csv, path: contacts.csv, interval: 200ms, mapping: {{userId: id, email: mail, phone: phone, traits: {{name: name, age: {{from: age, as: number}}}}}}}}
  - {{name: headless, type: csv, path: headless.csv, interval: 200ms}}
  - {{name: orders, type: ndjson, path: orders.ndjson, interval: 200ms, mapping: {{event: Order Completed, email: mail, timestamp: at}}}}
  - {{name: shop, type: webhook, secret: '{secret}', mapping: {{event: {{from: type}}, email: mail}}}}
  - {{name: mailbox, type: imap, host: 127.0.0.1, port: {closed}, security: none, user: desk, password: x, interval: 200ms}}
destinations:
{crm}  - {{name: mail, type: smtp, host: 127.0.0.1, port: {smtp}, security: none, from: shop@shop.example, retryFirst: 50ms}}
rules:
  - {{name: crm, on: {{event: Order Completed}}, to: crm, webhook: {{body: {{name: "{{{{profile.traits.name}}}}", mail: "{{{{identifiers.email}}}}"}}}}}}
  - {{name: thanks, on: {{event: Order Completed}}, to: mail, notAfter: 5s, email: {{subject: "{{{{profile.traits.name}}}}", text: "{{{{identifiers.email}}}}"}}}}
  - {{name: wrong, on: {{event: Order Completed}}, to: mail, email: {{to: "{{{{profile.traits.name}}}}", subject: x, text: x}}}}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory):
    """An instance that has been through the story."""
    data = tmp_path_factory.mktemp("logs") / "data"
    data.mkdir()
    write_files(data)
    # Both repeat what they were sent in their refusals, as real ones do.
    mailbox = Mailbox(recipient_answers={EMAIL: f"550 5.1.1 <{EMAIL}> {NAME} unknown"})
    with Server(mailbox) as server, Endpoint(lambda number: ok(400, body=f"no {NAME} {EMAIL}")) as endpoint:
        crm = destination("crm", endpoint.url, INSIDE)
        with Hub(data, CONFIG.format(secret=SECRET, closed=free_port(), crm=crm, smtp=server.port)) as hub:
            come_in_by_the_door(hub)
            come_in_by_the_connector(hub)
            ask(hub)
            wait_for_deliveries(hub, endpoint)
            yield hub


def write_files(data: Path):
    (data / "contacts.csv").write_text(
        f"id,mail,phone,name,age\n{ACCOUNT},{EMAIL},{PHONE},{NAME},37\n{ACCOUNT},{EMAIL},{PHONE},{NAME},{NAME}\n{NAME},too,few\n")
    (data / "headless.csv").write_text(f"{ACCOUNT},{EMAIL},{NAME}\n")
    (data / "orders.ndjson").write_text(
        json.dumps({"mail": EMAIL, "at": "2026-01-01T00:00:00Z"}) + "\n" + json.dumps({"mail": EMAIL, "at": NAME}) + f"\n{{{EMAIL}\n")


def come_in_by_the_door(hub: Hub):
    traits = {"email": EMAIL, "phone": PHONE, "name": NAME}
    hub.post("/v1/batch", {"batch": [
        {"type": "identify", "userId": ACCOUNT, "traits": traits},
        {"type": "track", "userId": ACCOUNT, "event": "Order Completed", "context": {"traits": traits}},
        {"type": "track", "userId": ACCOUNT}, {"type": "track", "event": "x", "userId": {"email": EMAIL}},
        {"type": NAME, "userId": ACCOUNT}, {"type": "track", "event": "x", "userId": ACCOUNT, "messageId": EMAIL * 50}]})
    hub.post("/v1/batch", b'{"batch": ' + EMAIL.encode())
    hub.post(f"/v1/{EMAIL}", {"email": EMAIL})
    hub.post("/v1/webhook", {"type": NAME, "email": EMAIL, "userId": ACCOUNT})
    hub.post("/v1/identify", {"userId": ACCOUNT, "traits": traits}, key=f"kw_{ACCOUNT}")
    hub.post("/batch/", {"api_key": hub.write_key, "batch": [{"event": "x", "distinct_id": EMAIL, "$set": traits}, {"event": EMAIL}]})
    with Web(hub.ingest) as web:
        web.call("GET", f"/pixel/v1/track?writeKey={hub.write_key}&userId={ACCOUNT}&event={quote(NAME)}")
        web.call("POST", "/v1/track", EMAIL.encode(), {"Content-Encoding": ACCOUNT, **basic(hub.write_key)})


def come_in_by_the_connector(hub: Hub):
    for number, body in enumerate([{"type": "Called", "mail": EMAIL}, {"type": "Called", "name": NAME}, EMAIL]):
        text = json.dumps(body) if isinstance(body, dict) else body
        identifier = f"{ACCOUNT}-{number}"
        headers = {"webhook-id": identifier, "webhook-timestamp": str(int(time.time())),
                   "webhook-signature": signature(identifier, text)}
        with Web(hub.connector) as web:
            web.call("POST", "/v1/webhooks/shop", text.encode(), headers)
            web.call("POST", f"/v1/webhooks/{ACCOUNT}", text.encode(), headers)
            web.call("POST", "/v1/webhooks/shop", text.encode(), {**headers, "webhook-signature": "v1,AAAA"})
    wishes = [{"name": "people", "type": "csv", "path": str(hub.data / "headless.csv")},
              {"name": ACCOUNT, "type": "csv", "path": f"/{ACCOUNT}.csv"}, {"name": "x", "type": "csv", NAME: EMAIL}]
    for wish in wishes:
        with Web(hub.connector) as web:
            web.call("POST", "/v1/imports", json.dumps(wish).encode(), bearer(hub.admin_key))
            web.call("GET", f"/v1/imports/{ACCOUNT}", headers=bearer(hub.admin_key))


def signature(identifier: str, text: str) -> str:
    return Webhook(SECRET).sign(identifier, datetime.now(timezone.utc), text)


def ask(hub: Hub):
    hub.settled()
    for path in ("", "/traits", "/events", "/graph", f"/events?name={quote(NAME)}", f"/events?cursor={quote(EMAIL)}", f"/{ACCOUNT}"):
        hub.get(f"/v1/profiles/email:{EMAIL}{path}")
    hub.get(f"/v1/profiles/{EMAIL}")
    hub.get(f"/v1/spaces/main/collections/users/profiles/email:{EMAIL}/traits")
    for query in ({"text": NAME}, {"where": {"trait": "email", "equals": EMAIL}}, {NAME: EMAIL}, EMAIL):
        hub.ask("/v1/profiles/search", query)
    hub.get("/v1/export", key=ACCOUNT)
    hub.admin("GET", f"/v1/dead-letters/{ACCOUNT}")
    hub.admin("GET", f"/v1/dead-letters?messageId={EMAIL}")
    hub.admin("POST", "/v1/keys", {"scope": NAME, "source": EMAIL})


def wait_for_deliveries(hub: Hub, endpoint: Endpoint):
    def letters() -> set[str]:
        return {letter["code"] for letter in hub.admin("GET", "/v1/dead-letters?limit=200").json()["deadLetters"]}

    wanted = {"rejected", "invalid_recipient", "no_identifier", "wrong_type", "invalid_time", "invalid_json", "missing_event"}
    eventually(lambda: wanted <= letters(), 60, lambda: f"{wanted - letters()} among the dead letters: {hub.printed()}")
    # Mail may have been refused before that.
    eventually(lambda: endpoint.requests, 60, hub.printed)
    assert NAME.encode() in endpoint.requests[0][1]


@pytest.mark.parametrize("service", SERVICES)
def test_no_log_says_anything_of_anybody(told: Hub, service: str):
    log = told.log_of(service).lower()
    assert '"message"' in log
    assert [line for line in log.splitlines() if any(mark in line for mark in MARKS)] == []
    assert not any(key in log for key in (told.write_key, told.read_key, told.admin_key, SECRET.lower()))


def test_neither_does_what_kith_prints(told: Hub):
    assert not any(mark in told.output.read_text().lower() for mark in MARKS)


def test_the_story_was_told(told: Hub):
    """The logs had something to say: each service had to do with the person, and each complained."""
    assert told.one_profile(f"user:{ACCOUNT}")["traits"]["name"] == NAME
    assert all(words in told.log_of("connector") for words in ("could not be read", "dead letters", "Gave up a delivery"))

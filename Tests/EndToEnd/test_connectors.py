"""Connectors that are made of a manifest: what they read, receive and do against a vendor that fails."""

import contextlib
import hashlib
import hmac
import http.server
import json
import random
import re
import select
import socket
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from support import Hub, eventually
from support_connector import Connector, identifiers

MANIFEST = r"""
title: Acme
category: crm
summary: The people of a CRM.
settings:
  url: {summary: Where it is.}
  refreshToken: {summary: What gets the first token., secret: true, optional: true}
  secret: {summary: What webhooks are signed with., secret: true, optional: true}
http:
  url: \($settings.url)
  auth:
    oauth2:
      url: \($settings.url)/token
      grant: refresh_token
      parameters: {refresh_token: \($settings.refreshToken)}
streams:
  contacts:
    summary: Everybody.
    request: GET /contacts
    query: {limit: 1000}
    records: .contacts[]
    page: {cursor: .next, as: after}
    since: {field: .updated, as: since, format: seconds}
    key: .id
    events: |
      identify({"acme.contact": .id, email}; {name, balance}) | at(.updated)
webhook:
  summary: Contacts as they change.
  verify: {hmac: sha256, header: X-Acme-Signature, encoding: hex, secret: \($settings.secret)}
  dedupe: .id
  challenge: .challenge
  records: .contact | select(.)
  events: 'identify({"acme.contact": .id, email}; {name}) | at(.updated)'
actions:
  upsert:
    summary: Makes or updates a contact.
    request: POST /contacts
    headers: {Idempotency-Key: \($command)}
    body: '{email: $identifier.value, plan}'
    link: '{"acme.contact": .id}'
"""


class Vendor:
    """A CRM whose refresh tokens are good once, whose access tokens end, and that has bad moments."""

    def __init__(self, count: int, seed: int = 1, faults: float = 0.0):
        self.count, self.faults = count, faults
        self.random = random.Random(seed)
        self.refresh, self.access, self.left = "refresh-0", "", 0
        self.asked: list[str] = []
        self.written: list[tuple[str, dict]] = []
        self.lock = threading.Lock()
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.reply(*vendor.get(self.path, self.headers))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                self.reply(*vendor.post(self.path, self.headers, body))

            def reply(self, status: int, value: object, headers: dict[str, str] | None = None):
                # A number of which Python would keep the value only.
                body = json.dumps(value).replace('"2.10"', "2.10").encode()
                self.send_response(status)
                for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def contact(self, number: int) -> dict:
        return {"id": 9007199254740993 + number, "email": f"person{number}@example.com", "name": f"Person {number}",
                "balance": "2.10", "updated": 1700000000 + number}

    def get(self, path: str, headers) -> tuple:
        with self.lock:
            self.asked.append(path)
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
            if headers["Authorization"] != f"Bearer {self.access}" or self.left <= 0:
                return 401, {"error": "expired"}
            self.left -= 1
            if self.random.random() < self.faults:
                return self.random.choice([(429, {}, {"Retry-After": "0"}), (503, {}, {"Retry-After": "0"})])
            since, limit = int(query.get("since", 0)), int(query["limit"])
            first = max(int(query.get("after", 0)), since - 1700000000, 0)
            numbers = range(first, min(first + limit, self.count))
            answer = {"contacts": [self.contact(number) for number in numbers]}
            if numbers.stop < self.count:
                answer["next"] = str(numbers.stop)
            return 200, answer

    def post(self, path: str, headers, body: str) -> tuple:
        with self.lock:
            if path == "/token":
                if dict(urllib.parse.parse_qsl(body))["refresh_token"] != self.refresh:
                    return 400, {"error": "invalid_grant"}
                number = int(self.refresh.split("-")[1]) + 1
                self.refresh, self.access, self.left = f"refresh-{number}", f"access-{number}", 40
                return 200, {"access_token": self.access, "refresh_token": self.refresh, "expires_in": 3600}
            if headers["Authorization"] != f"Bearer {self.access}":
                return 401, {"error": "expired"}
            self.written.append((headers["Idempotency-Key"], json.loads(body)))
            return 200, {"id": "c-1"}


@pytest.fixture
def vendor():
    running: list[Vendor] = []

    def start(*arguments, **options) -> Vendor:
        running.append(Vendor(*arguments, **options))
        return running[-1]

    yield start
    for one in running:
        one.close()


def write_manifest(data: Path):
    folder = data / "connectors" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.yaml").write_text(MANIFEST)


def config(vendor: Vendor, more: str = "") -> str:
    return (f"connectors:\n  - {{name: crm, type: acme, url: '{vendor.url}', refreshToken: refresh-0, secret: s3cret, "
            f"interval: 1s, retryFirst: 50ms{more}}}\n")


# Reading.

def test_reads_every_page_once_with_tokens_that_rotate_and_numbers_as_they_are(tmp_path, vendor):
    crm = vendor(5000)
    write_manifest(tmp_path / "data")
    with Connector(tmp_path / "data", config(crm)) as connector:
        events = connector.await_events(5000, within=120)
        assert identifiers(events[0]) == ["acme.contact:9007199254740993", "email:person0@example.com"]
        assert len({event["messageId"] for event in events}) == 5000
        written = b"".join(file.read_bytes() for file in (tmp_path / "data" / "log" / "events").rglob("*.seg"))
        assert written.count(b'"balance":2.10') == 5000
        # What is counted is remembered once it is on the log.
        eventually(lambda: connector.status("sources", "crm")["records"] == 5000, 60, lambda: str(connector.status("sources", "crm")))
        assert connector.status("sources", "crm")["rejected"] == 0
        crm.count += 3
        connector.await_events(5003)
        # Each later run is given the last one again, as it asks for what has changed since its time: that is not sent again.
        asked = len(crm.asked)
        eventually(lambda: len(crm.asked) > asked + 2, 60, connector.log)
        again = [event["messageId"] for event in connector.events]
        assert len(again) == len(set(again)) == 5003


def test_nothing_is_missing_or_doubled_whenever_it_is_killed(tmp_path, vendor):
    count, chance = 20_000, random.Random(7)
    crm = vendor(count, faults=0.05)
    write_manifest(tmp_path / "data")
    connector = Connector(tmp_path / "data", config(crm))
    kills = 0
    while kills < 8:
        # However fast it is, it is killed in the middle: at its beginning, or after so many more events.
        asked, goal = len(crm.asked), len(connector.events) + chance.choice([0, 0, 1, chance.randrange(2500)])
        # Not until it is ready: it reads meanwhile, and is to be killed before it has read everything.
        connector.launch()
        eventually(lambda: len(crm.asked) > asked and len(connector.events) >= min(goal, count), 60, connector.log)
        if len(connector.events) == count:
            break
        connector.kill()
        kills += 1
    else:
        connector.launch()
    connector.await_ready()
    eventually(lambda: connector.status("sources", "crm").get("lastSuccess"), 180, lambda: connector.log()[-3000:])
    numbers = [identifier.split(":")[1] for event in connector.events for identifier in identifiers(event)
               if identifier.startswith("acme.contact:")]
    connector.stop()
    assert kills >= 3
    assert {int(number) - 9007199254740993 for number in numbers} == set(range(count))
    # What was read twice has the same message id, by which it has one effect.
    messages = [event["messageId"] for event in connector.events]
    assert len(set(messages)) == count


def test_a_file_by_an_expression_gives_several_events_of_a_record_and_keeps_numbers(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    lines = ['{"n": 820982911946154508, "email": "ada@example.com", "items": [{"sku": "a", "price": 2.10}, {"sku": "b", "price": 3}]}',
             '{"n": 2, "items": []}', '{"n": 3, "items": "none"}', "no json"]
    (data / "orders.ndjson").write_text("\n".join(lines) + "\n")
    expression = '.items[] | track("Bought"; {"shop.order": $record.n, email: $record.email}; {sku, price})'
    text = f"sources:\n  - {{name: orders, type: ndjson, path: orders.ndjson, events: '{expression}', interval: 1h}}\n"
    with Connector(data, text) as connector:
        events = connector.await_events(2)
        assert [identifiers(event) for event in events] == [["email:ada@example.com", "shop.order:820982911946154508"]] * 2
        written = b"".join(file.read_bytes() for file in (data / "log" / "events").rglob("*.seg"))
        assert b'{"price":2.10,"sku":"a"}' in written
        eventually(lambda: len(connector.dead_letters) == 2, 60, "two dead letters")
        assert [letter["code"] for letter in connector.dead_letters] == ["mapping_failed", "invalid_json"]


def test_a_wrong_token_is_said_once_and_clearly(tmp_path, vendor):
    crm = vendor(10)
    crm.refresh = "refresh-9"
    write_manifest(tmp_path / "data")
    with Connector(tmp_path / "data", config(crm)) as connector:
        state = eventually(lambda: (status := connector.status("sources", "crm"))["state"] == "failing" and status, 60,
                           "a failing source")
        assert "invalid_grant" in state["error"]


# Receiving and doing.

def test_webhooks_are_taken_once_and_only_from_the_vendor(tmp_path, vendor):
    crm = vendor(0)
    write_manifest(tmp_path / "data")
    with Connector(tmp_path / "data", config(crm)) as connector:
        body = json.dumps({"id": "w1", "contact": {"id": 1, "email": "ada@example.com", "updated": 1700000000}}).encode()

        def send(body: bytes, secret: bytes = b"s3cret"):
            signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
            return connector.call("POST", "/v1/webhooks/crm", body, {"X-Acme-Signature": signature})

        assert send(body, b"other").status == 401
        assert send(body).status == 200
        assert send(body).status == 200
        assert len(connector.await_events(1)) == 1
        challenge = send(b'{"challenge": "abc"}')
        assert (challenge.status, challenge.body) == (200, b"abc")
        assert send(b"{not json").status == 400


def test_an_action_reaches_the_vendor_and_links_the_person(tmp_path, vendor):
    crm = vendor(0)
    write_manifest(tmp_path / "data")
    with Connector(tmp_path / "data", config(crm)) as connector:
        command = connector.command("crm", {"action": "upsert", "plan": "pro"})
        assert connector.outcome(command)["event"]["event"] == "Message Sent"
        assert crm.written == [(command, {"email": "ada@example.com", "plan": "pro"})]
        linked = [event for event in connector.events if event["type"] == "identify"]
        assert [identifiers(event) for event in linked] == [["email:ada@example.com", "acme.contact:c-1"]]
        unknown = connector.command("crm", {"action": "nothing"})
        assert "upsert" in connector.outcome(unknown)["event"]["properties"]["reason"]


HUNG = r"""
title: Hung
category: crm
summary: A CRM that takes every request and answers none.
settings:
  url: {summary: Where it is.}
http: {url: \($settings.url)}
actions:
  tell: {summary: Says something., request: PUT /notes, body: .text}
"""


def test_a_vendor_that_never_answers_holds_up_no_other(tmp_path, vendor):
    crm = vendor(3)
    data = tmp_path / "data"
    write_manifest(data)
    (data / "connectors" / "hung").mkdir()
    (data / "connectors" / "hung" / "manifest.yaml").write_text(HUNG)
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as silent:
        def hold():
            with contextlib.suppress(OSError):
                while True:
                    held.append(silent.accept()[0])

        threading.Thread(target=hold, daemon=True).start()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Connector(data, config(crm) + f"  - {{name: hung, type: hung, url: '{url}', concurrency: 64}}\n") as connector:
            connector.await_events(3, source="crm")
            for number in range(64):
                connector.command("hung", {"action": "tell", "text": "x"}, f"email:h{number}@example.com")
            eventually(lambda: len(held) >= 32, 60, connector.log)

            def waits() -> bool:
                """Whether one of these requests was given up, as each is after 30 seconds, before something came of another vendor."""
                under_way = [connection for connection in list(held) if is_open(connection)]
                crm.count += 1
                connector.await_events(crm.count, source="crm")
                return len(under_way) < 32 or not all(map(is_open, under_way))

            # That may be so by chance where the machine stands still for long; but not each time.
            assert not all(waits() for _ in range(6))


def is_open(connection: socket.socket) -> bool:
    """Whether the other side has not ended a connection."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return poll.poll(0) == []


def test_two_systems_and_a_rule_make_one_person(tmp_path, vendor):
    crm, shop = vendor(3), vendor(3)
    data = tmp_path / "data"
    write_manifest(data)
    shop_manifest = MANIFEST.replace("acme.contact", "shop.customer").replace("title: Acme", "title: Shop")
    (data / "connectors" / "shop").mkdir()
    (data / "connectors" / "shop" / "manifest.yaml").write_text(shop_manifest)
    text = config(crm) + config(shop).replace("connectors:\n", "").replace("name: crm, type: acme", "name: shop, type: shop")
    text += ("rules:\n  - {name: tell, on: {event: Signed Up}, to: crm, "
             "action: {name: upsert, with: {plan: '{{event.properties.plan}}'}}}\n")
    with Hub(data, config=text) as hub:
        person = eventually(lambda: (found := hub.one_profile("email:person1@example.com")) and
                            len(found["identifiers"]) == 3 and found, 60, "one person of two systems")
        assert {name["namespace"] for name in person["identifiers"]} == {"acme.contact", "shop.customer", "email"}
        hub.post("/v1/track", {"userId": "42", "event": "Signed Up", "properties": {"plan": "pro"},
                               "context": {"traits": {"email": "person1@example.com"}}})
        eventually(lambda: crm.written, 60, "the action")
        assert crm.written[0][1]["plan"] == "pro"


def test_an_operator_checks_looks_pauses_and_resets(tmp_path, vendor):
    crm = vendor(30)
    data = tmp_path / "data"
    write_manifest(data)
    with Hub(data, config=config(crm)) as hub:
        eventually(lambda: hub.one_profile("email:person29@example.com"), 30, "the last person")
        assert hub.kith("connector", "check", "crm").stdout == "ok    contacts\n"
        shown = [json.loads(line) for line in hub.kith("connector", "read", "crm", "--limit", "3").stdout.splitlines()]
        assert [event["traits"]["name"] for event in shown] == ["Person 0", "Person 1", "Person 2"]

        paused = hub.kith("connector", "pause", "crm")
        assert paused.stdout == "" and "is paused" in paused.stderr
        # A run that was under way goes on to its end; until then nothing is reset, and there is no such stream.
        eventually(lambda: hub.kith("connector", "reset", "crm", "--stream", "nothing", check=False).returncode == 3, 60, hub.printed)
        crm.count = 31
        overview = hub.kith("connector", "status").stdout
        assert re.search(r"crm +acme +paused", overview), overview
        assert re.search(r"last success +lag", overview) and re.search(r"\d\d:\d\d:\d\d +\d+[sm]", overview), overview
        asked = hub.kith("connector", "run", "crm", check=False)
        assert asked.returncode != 0 and "kith connector resume crm" in asked.stderr, asked
        time.sleep(2)
        assert hub.one_profile("email:person30@example.com") is None
        hub.kill_and_await("connector")
        time.sleep(2)
        assert hub.one_profile("email:person30@example.com") is None, "it stays paused"
        state = json.loads(hub.kith("connector", "state", "crm").stdout)
        assert state == {"state": {"contacts": {"since": 1700000029}}}
        hub.kith("connector", "resume", "crm")
        eventually(lambda: hub.one_profile("email:person30@example.com"), 30, "the new person")

        hub.kith("connector", "pause", "crm")
        eventually(lambda: hub.kith("connector", "reset", "crm", check=False).returncode == 0, 60, "a reset")
        assert json.loads(hub.kith("connector", "state", "crm").stdout) == {"state": None}
        (tmp_path / "state.json").write_text(json.dumps(state))
        hub.kith("connector", "state", "crm", "--set", str(tmp_path / "state.json"))
        assert json.loads(hub.kith("connector", "state", "crm").stdout) == state
        (tmp_path / "state.json").write_text(json.dumps({"state": {"contakts": {"since": 1}}}))
        refused = hub.kith("connector", "state", "crm", "--set", str(tmp_path / "state.json"), check=False)
        assert refused.returncode == 1 and "no stream “contakts”; the streams are contacts." in refused.stderr
        assert json.loads(hub.kith("connector", "state", "crm").stdout) == state
        assert hub.kith("connector", "reset", "crm", "--stream", "nothing", check=False).returncode == 3
        unknown = hub.kith("connector", "check", "nobody", check=False)
        assert unknown.returncode == 3 and "crm" in unknown.stderr and "kith connector reload" in unknown.stderr, unknown

        crm.refresh, crm.access = "stolen-99", "gone"
        failed = hub.kith("connector", "check", "crm", check=False)
        assert failed.returncode == 1 and failed.stdout.startswith("FAIL  contacts: configuration: "), failed.stdout


def test_a_source_that_only_receives_says_so_when_it_is_looked_at(hub):
    running: Hub = hub("connectors:\n  - {name: contact, type: form, token: t0ken}\n")
    for command in ("check", "read"):
        told = running.kith("connector", command, "contact")
        assert told.stdout == "" and "nothing to poll: the source only receives, by POST /v1/webhooks/contact" in told.stderr, told


def test_a_browser_sends_a_form_and_goes_on_to_the_page_after_it(tmp_path):
    config = "connectors:\n  - {name: contact, type: form, token: t0ken, redirect: 'https://www.example.com/thanks?a=1'}\n"
    body = urllib.parse.urlencode({"name": "Jürgen", "email": "j@example.com", "_gotcha": ""}).encode()
    browser = {"Content-Type": "application/x-www-form-urlencoded"}
    with Connector(tmp_path / "data", config) as connector:
        path = "/v1/webhooks/contact?form=newsletter&token="
        assert connector.call("POST", path + "other", body, browser).status == 401
        for _ in range(2):    # a second click
            answer = connector.call("POST", path + "t0ken", body, browser)
            assert (answer.status, answer.headers["location"]) == (303, "https://www.example.com/thanks?a=1")
        asked = connector.call("GET", "/v1/webhooks/contact")
        assert asked.status == 405 and "by POST" in asked.json()["message"]
        run = connector.admin("POST", "/v1/sources/contact/run")
        assert run.status == 409 and run.json()["code"] == "not_read"
        events = [event["event"] for event in connector.events]
    assert {event["type"] for event in events} == {"identify", "track"}
    assert 2 <= len(events) <= 4    # four when the minute ends between the clicks
    submitted = next(event for event in events if event["type"] == "track")
    assert submitted["properties"] == {"form": "newsletter", "name": "Jürgen", "email": "j@example.com"}

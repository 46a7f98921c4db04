"""Webhooks in both directions; the other side is the reference implementation of Standard Webhooks."""

import base64
import datetime
import http.server
import json
import threading
import time

import pytest
from standardwebhooks.webhooks import Webhook

from support.ports import free_port
from support.waiting import eventually
from support_connector import Connector, identifiers

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


class Endpoint:
    """A server that keeps what it is sent, and answers as `answer` says: bytes on the socket, by the number of the request."""

    def __init__(self, answer=None, port=0):
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer = answer or (lambda number: ok(204))
        self.lock = threading.Lock()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with endpoint.lock:
                    endpoint.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    number = len(endpoint.requests)
                answer = endpoint.answer(number)
                if callable(answer):
                    answer(self.wfile)
                else:
                    self.wfile.write(answer)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def ok(status: int, headers: str = "", body: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()


#: A rule that posts to the destination “crm” who has ordered something.
THANKS = "rules:\n  - {name: thanks, on: {event: Order Completed}, to: crm, webhook: {body: {who: \"{{identifiers.user}}\"}}}\n"


def destination(name: str, url: str, more: str = "") -> str:
    return f"  - {{name: {name}, type: webhook, url: '{url}', secret: '{SECRET}', retryFirst: 50ms{more}}}\n"


INSIDE = ", allow: [127.0.0.0/8]"


@pytest.fixture
def connector(tmp_path):
    running = Connector(tmp_path / "data")
    yield running
    running.stop()


# Sources.

SOURCE = f"""\
sources:
  - name: shop
    type: webhook
    secret: ['{OTHER}', '{SECRET}']
    mapping:
      event: {{from: type}}
      email: data.customer.email
      properties: {{total: data.total}}
  - {{name: raw, type: webhook, secret: '{SECRET}'}}
  - {{name: file, type: csv, path: none.csv, interval: 1h}}
"""


@pytest.fixture(scope="module")
def receiving(tmp_path_factory):
    with Connector(tmp_path_factory.mktemp("webhooks") / "data", SOURCE) as running:
        yield running


def send(connector, source, body, identifier="msg_1", secret=SECRET, seconds=0, change=None):
    """Signs and posts as the reference implementation does; `change` spoils the headers."""
    text = body if isinstance(body, str) else json.dumps(body)
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    headers = {"webhook-id": identifier, "webhook-timestamp": str(int(moment.timestamp())),
               "webhook-signature": Webhook(secret).sign(identifier, moment, text)}
    if change:
        change(headers)
    return connector.call("POST", f"/v1/webhooks/{source}", text.encode(), headers)


def order(number: int) -> dict:
    return {"type": "Order Completed", "data": {"total": 12.5, "customer": {"email": f"w{number}@x.test"}}}


def test_takes_a_signed_request_once_however_often_it_comes(receiving):
    for _ in range(3):
        answer = send(receiving, "shop", order(1), "msg_once")
        assert (answer.status, answer.json()) == (200, {"accepted": 1, "rejected": []})
    send(receiving, "shop", order(2), "msg_twice")
    events = [event for event in receiving.await_events(2, source="shop") if event["messageId"].startswith("msg_")]
    assert [event["messageId"] for event in events] == ["msg_once", "msg_twice"]
    assert events[0]["name"] == "Order Completed" and identifiers(events[0]) == ["email:w1@x.test"]
    assert events[0]["event"]["properties"] == {"total": 12.5}


def test_takes_events_as_they_are_and_several_at_once(receiving):
    event = {"type": "track", "event": "A", "userId": "1", "messageId": "own-id", "timestamp": "2026-01-01T00:00:00Z"}
    bad = {"type": "track", "userId": "1"}
    answer = send(receiving, "raw", [event, bad, {**event, "messageId": None, "event": "B"}], "msg_many")
    assert answer.json()["accepted"] == 2
    assert [entry["code"] for entry in answer.json()["rejected"]] == ["no_event"]
    events = receiving.await_events(2, source="raw")
    assert [event["messageId"] for event in events] == ["own-id", "msg_many.2"]
    assert events[0]["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert receiving.dead_letters[-1]["code"] == "no_event"


def spoil(name, value):
    return lambda headers: headers.update({name: value})


@pytest.mark.parametrize("arguments", [
    {"secret": "whsec_" + base64.b64encode(b"x" * 32).decode()},
    {"seconds": -330}, {"seconds": 390}, {"seconds": -86400 * 365},
    {"change": spoil("webhook-id", "msg_other")},
    {"change": spoil("webhook-timestamp", str(int(time.time()) - 1))},
    {"change": spoil("webhook-timestamp", "soon")},
    {"change": spoil("webhook-signature", "v1,")},
    {"change": spoil("webhook-signature", "v1a,AAAA v2,BBBB")},
    {"change": lambda headers: headers.update({"webhook-signature": headers["webhook-signature"][:-5]})},
    {"change": lambda headers: headers.pop("webhook-signature")},
    {"change": lambda headers: headers.pop("webhook-id")},
    {"change": lambda headers: headers.pop("webhook-timestamp")},
])
def test_refuses_what_is_forged_late_or_broken(receiving, arguments):
    before = len(receiving.events)
    answer = send(receiving, "shop", order(9), "msg_forged", **arguments)
    assert answer.status == 401
    assert set(answer.json()) == {"code", "message", "detail"} and answer.json()["code"] == "invalid_signature"
    assert len(receiving.events) == before


def test_believes_a_good_signature_among_others_up_to_the_tolerance(receiving):
    several = lambda headers: headers.update({"webhook-signature": "v1a,x v1,AAAA " + headers["webhook-signature"]})
    assert send(receiving, "shop", order(3), "msg_several", change=several).status == 200
    assert send(receiving, "shop", order(3), "msg_old", seconds=-240).status == 200
    assert send(receiving, "shop", order(3), "msg_rotated", secret=OTHER).status == 200


def test_takes_as_much_at_once_as_vendors_send(receiving):
    answer = send(receiving, "shop", {**order(4), "note": "x" * (3 << 20)}, "msg_long")
    assert (answer.status, answer.json()) == (200, {"accepted": 1, "rejected": []})


def test_answers_what_it_cannot_take(receiving):
    assert send(receiving, "nowhere", order(1)).status == 404
    assert send(receiving, "file", order(1)).status == 405
    assert send(receiving, "shop", "{broken", "msg_broken").status == 400
    assert send(receiving, "shop", {"type": "x" * (4 << 20)}, "msg_large").status == 413
    assert receiving.call("GET", "/v1/status").status == 401


# Destinations.

def test_delivers_signed_so_that_the_reference_implementation_believes_it(connector):
    with Endpoint() as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        command = connector.command("crm", {"body": {"type": "hello", "data": {"name": "김"}}})
        outcome = connector.outcome(command)
        assert outcome["name"] == "Message Sent" and outcome["source"] == "crm"
        assert identifiers(outcome) == ["email:ada@example.com"]
        properties = outcome["event"]["properties"]
        assert (properties["rule"], properties["causedBy"], properties["attempts"]) == ("welcome", "event-1", 1)
        [(headers, body)] = endpoint.requests
        assert Webhook(SECRET).verify(body, headers) == {"type": "hello", "data": {"name": "김"}}
        assert headers["webhook-id"] == command and headers["content-type"] == "application/json"
        assert connector.status("destinations", "crm")["delivered"] == 1
        checked = connector.admin("POST", "/v1/sources/crm/check")
        assert checked.status == 404 and "is a destination" in checked.json()["message"]


def test_tries_again_with_the_same_id_until_it_is_taken(connector):
    def answer(number):
        return [ok(500), ok(429, "Retry-After: 1\r\n"), ok(503), ok(200)][number - 1]

    with Endpoint(answer) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        start = time.monotonic()
        outcome = connector.outcome(connector.command("crm", {"body": 1}))
        assert outcome["name"] == "Message Sent" and outcome["event"]["properties"]["attempts"] == 4
        assert time.monotonic() - start > 1, "the pause that was asked for"
        assert len({headers["webhook-id"] for headers, _ in endpoint.requests}) == 1
        for headers, body in endpoint.requests:
            Webhook(SECRET).verify(body, headers)


def test_what_waits_for_a_destination_that_is_gone_is_a_dead_letter(connector):
    with Endpoint(lambda number: ok(503)) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        command = connector.command("crm", {"body": 1})
        eventually(lambda: endpoint.requests, 60, connector.log)
        connector.stop()
        connector.configure("destinations:\n" + destination("shop", endpoint.url, INSIDE))
        connector.start()
        outcome = connector.outcome(command)
        assert outcome["name"] == "Message Failed" and "no destination “crm”" in outcome["event"]["properties"]["reason"]
        [letter] = connector.dead_letters
        assert (letter["code"], letter["replayTopic"]) == ("unknown_destination", "commands")


@pytest.mark.parametrize("answer, word", [
    (ok(301, "Location: http://127.0.0.1:1/\r\n"), "Redirects are not followed"),
    (ok(308, "Location: /elsewhere\r\n"), "Redirects are not followed"),
    (ok(410), "gone"), (ok(400), "400"), (ok(404), "404")])
def test_gives_up_what_is_refused(connector, answer, word):
    with Endpoint(lambda number: answer) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        command = connector.command("crm", {"body": 1})
        outcome = connector.outcome(command)
        assert outcome["name"] == "Message Failed" and word in outcome["event"]["properties"]["reason"]
        assert len(endpoint.requests) == 1
        [letter] = eventually(lambda: connector.dead_letters, 60)
        assert (letter["code"], letter["origin"], letter["replayTopic"]) == ("rejected", "crm", "commands")
        assert json.loads(letter["payload"])["id"] == command


def huge(out):
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(1500):
        out.write(b"x" * 65536)


def trickle(out):
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(900):
        out.write(b"x")
        out.flush()
        time.sleep(0.1)


def bad_chunks(out):
    out.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnonsense")


def test_is_not_held_up_by_what_a_server_answers(connector):
    """A huge answer counts by its status; one that trickles or breaks is tried again; another destination goes on."""
    with Endpoint(lambda n: huge) as large, Endpoint(lambda n: trickle if n == 1 else ok(200)) as slow, \
            Endpoint(lambda n: bad_chunks if n == 1 else ok(200)) as broken, Endpoint() as good:
        connector.configure("destinations:\n" + "".join([
            destination("large", large.url, INSIDE), destination("slow", slow.url, INSIDE + ", timeout: 15s"),
            destination("broken", broken.url, INSIDE), destination("good", good.url, INSIDE)]))
        connector.start()
        commands = {name: connector.command(name, {"body": 1}) for name in ("large", "slow", "broken", "good")}
        for name, attempts in (("good", 1), ("large", 1), ("broken", 2), ("slow", 2)):
            outcome = connector.outcome(commands[name])
            assert outcome["name"] == "Message Sent", outcome
            assert outcome["event"]["properties"]["attempts"] == attempts, name


def test_one_slow_destination_never_holds_up_another(connector):
    over = threading.Event()
    with Endpoint(lambda n: lambda out: over.wait(900)) as slow, Endpoint() as good:
        connector.configure("destinations:\n" + destination("slow", slow.url, INSIDE + ", timeout: 15m, concurrency: 2")
                            + destination("good", good.url, INSIDE))
        connector.start()
        for n in range(20):
            connector.command("slow", {"body": 1}, f"user:{n}")
        last = [connector.command("good", {"body": n}, f"user:{n}") for n in range(50)][-1]
        connector.outcome(last)
        eventually(lambda: len(slow.requests) >= 2, 30, connector.log)
        assert len(slow.requests) == 2, "no more at once than configured"
        over.set()


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:1/", "http://127.1:1/", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/", "http://[::]/", "http://localhost:1/", "http://[fd00::1]/", "http://100.64.0.1/",
    "http://user:pass@example.com/", "ftp://example.com/"])
def test_does_not_call_inside_addresses(connector, url):
    connector.configure("destinations:\n" + destination("inside", url))
    connector.start()
    outcome = connector.outcome(connector.command("inside", {"body": 1}))
    assert outcome["name"] == "Message Failed"
    assert [letter["code"] for letter in connector.dead_letters] == ["rejected"]


def test_drops_what_is_too_late_with_its_reason(connector):
    with Endpoint(lambda n: ok(500)) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        late = connector.command("crm", {"body": 1}, seconds=-1)
        assert connector.outcome(late)["event"]["properties"]["reason"].startswith("It was too late")
        assert "500" in connector.expired("crm", {"body": 2})["event"]["properties"]["reason"]
        assert all(json.loads(body) == 2 for _, body in endpoint.requests)
        assert {letter["code"] for letter in connector.dead_letters} == {"expired"}


def test_goes_on_after_a_command_that_nobody_can_read_or_deliver(connector):
    with Endpoint() as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        connector.commands.append(b"{broken")
        connector.commands.append({"id": "x"})
        lost = connector.command("nowhere", {"body": 1})
        empty = connector.command("crm", {})
        good = connector.command("crm", {"body": 1})
        assert connector.outcome(good)["name"] == "Message Sent"
        assert connector.outcome(lost)["name"] == "Message Failed"
        assert "body" in connector.outcome(empty)["event"]["properties"]["reason"]
        letters = eventually(lambda: len(found := connector.dead_letters) == 4 and found, 60)
        assert sorted(letter["code"] for letter in letters) == \
            ["invalid_command", "invalid_command", "rejected", "unknown_destination"]
        assert letters[0]["position"] == "commands/notifier@0"


def test_delivers_what_is_replayed(connector):
    answers = [ok(410), ok(200)]
    with Endpoint(lambda n: answers[n - 1]) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        connector.command("crm", {"body": 1}, id="cmd-again")
        connector.outcome("cmd-again")
        [letter] = eventually(lambda: connector.dead_letters, 60)
        connector.commands.append(letter["payload"].encode())
        names = lambda: [event["name"] for event in connector.events]
        eventually(lambda: names() == ["Message Failed", "Message Sent"], 60, lambda: str(names()))
        connector.commands.append(letter["payload"].encode())
        time.sleep(0.5)
        assert len(endpoint.requests) == 2, "what was delivered is not delivered again"


def test_messages_of_one_person_keep_their_order_and_hold_up_nobody_else(connector):
    def answer(number: int) -> bytes:
        """The first attempt of each turn is refused."""
        bodies = [body for _, body in endpoint.requests[:number]]
        is_taken = json.loads(bodies[-1])["n"] > 0 or bodies.count(bodies[-1]) > 1
        return ok(200) if is_taken else ok(429, "Retry-After: 10\r\n")

    def commands(turn: int, person: str, first: int) -> list[str]:
        return [connector.command("crm", {"body": {"turn": turn, "n": n}}, person) for n in range(first, first + 3)]

    def waits(turn: int) -> bool:
        """Whether Bob's first message came only after the next attempt of Ann's."""
        before = len(endpoint.requests)
        ann = commands(turn, "user:ann", 0)
        eventually(lambda: len(endpoint.requests) > before, 60, connector.log)
        bob = commands(turn, "user:bob", 10)
        for command in bob + ann:
            assert connector.outcome(command)["name"] == "Message Sent"
        said = [json.loads(body)["n"] for _, body in endpoint.requests[before:]]
        assert [n for n in said if n < 10] == [0, 0, 1, 2]
        assert [n for n in said if n >= 10] == [10, 11, 12]
        return said.index(10) >= 2

    with Endpoint(answer) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        connector.start()
        # Where the machine stands still for ten seconds just then, the attempt comes first; but not each time.
        assert not all(map(waits, range(4))), "somebody else waits for the first one's next attempt"


def test_waits_for_a_destination_that_is_down_and_then_drains_in_order(connector):
    port = free_port()
    connector.configure("destinations:\n" + destination(
        "crm", f"http://127.0.0.1:{port}/hook", INSIDE + ", retryLongest: 200ms"))
    connector.start()
    commands = [connector.command("crm", {"body": n}) for n in range(10)]
    eventually(lambda: connector.status("destinations", "crm")["pending"] == 10, 60)
    # Why they wait.
    eventually(lambda: connector.status("destinations", "crm").get("error"), 60)
    connector.kill()
    connector.start()
    with Endpoint(port=port) as endpoint:
        for command in commands:
            assert connector.outcome(command)["name"] == "Message Sent"
        assert [json.loads(body) for _, body in endpoint.requests] == list(range(10))
    assert "error" not in connector.status("destinations", "crm")


def test_each_command_ends_once_although_the_connector_is_killed(connector):
    """Under kill -9 a delivery may be repeated, with its id; its outcome is one event."""
    with Endpoint(lambda n: slowly) as endpoint:
        connector.configure("destinations:\n" + destination("crm", endpoint.url, INSIDE))
        commands: list[str] = []
        for _ in range(4):
            # There is always more to deliver, however long it is until somebody comes to kill it.
            commands += [connector.command("crm", {"body": n}, f"user:{n}") for n in range(len(commands), len(commands) + 40)]
            count = len(endpoint.requests)
            # Not until it is ready: it delivers meanwhile, and is to be killed before it has delivered everything.
            connector.launch()
            eventually(lambda: len(endpoint.requests) > count + 3, 60, connector.log)
            connector.kill()
        connector.start()
        for command in commands:
            assert connector.outcome(command)["name"] == "Message Sent"
        assert {headers["webhook-id"] for headers, _ in endpoint.requests} == set(commands)
        assert len(endpoint.requests) < len(commands) + 4 * 4 + 1, "only what was under way is repeated"


def slowly(out):
    time.sleep(0.05)
    out.write(ok(200))

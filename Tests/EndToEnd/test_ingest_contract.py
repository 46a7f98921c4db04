"""The front door's contract: every path, every way to pass the key, every time that is kept."""

import base64
import gzip
import http.client
import json
import socket
import zlib
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode, urlsplit

import pytest

from support import Hub
from support.door import Door
from support.waiting import eventually
from support.web import basic, bearer

CALLS = {
    "identify": {"traits": {"plan": "pro"}},
    "track": {"event": "Order Completed", "properties": {"total": 2.1}},
    "page": {"name": "Home"},
    "screen": {"name": "Home"},
    "group": {"groupId": "acme", "traits": {"size": 3}},
    "alias": {"previousId": "anon-1"},
}
LETTERS = {"t": "track", "p": "page", "i": "identify", "g": "group", "a": "alias", "s": "screen"}


@pytest.fixture(scope="module")
def shared(kith: Hub) -> Door:
    return Door(kith, "contract")


@pytest.fixture
def door(shared: Door) -> Door:
    shared.forget()
    return shared


def written(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def seconds_between(first: str, second: str) -> float:
    return (datetime.fromisoformat(first) - datetime.fromisoformat(second)).total_seconds()


# Paths.


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", ["/v1/{}", "/v1/{}/", "/{}", "/{}/"])
def test_every_call_has_its_path(door: Door, form: str, call: str):
    answer = door.post(form.format(call), {"userId": "u1", **CALLS[call]}, **basic(door.key))
    assert (answer.status, answer.json()["success"]) == (200, True), answer
    event = door.event()
    assert event["type"] == call
    assert event["event"]["userId"] == "u1"


@pytest.mark.parametrize("letter", LETTERS)
def test_the_browser_librarys_letters_are_paths(door: Door, letter: str):
    body = {"writeKey": door.key, "anonymousId": "a1", **CALLS[LETTERS[letter]]}
    answer = door.post(f"/v1/{letter}", body, Content_Type="text/plain")
    assert answer.status == 200, answer
    assert door.event()["type"] == LETTERS[letter]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/batch/", "/batch", "/batch/", "/v1/b", "/v1/import", "/import",
                                  "/beacon/v1/batch", "/v1/events"])
def test_batches_have_their_paths(door: Door, path: str):
    answer = door.send({"type": "track", "event": "x", "userId": "u1", "messageId": "m1"}, path=path)
    assert (answer.status, answer.json()["success"]) == (200, True), answer
    assert door.event()["messageId"] == "m1"
    assert "historical" not in door.event(), "what Segment's libraries for apps and Java send to /v1/import happens now"


@pytest.mark.parametrize("path", ["/capture", "/capture/", "/e", "/e/", "/i/v0/e", "/i/v0/e/", "/track", "/track/", "/batch/",
                                  "/i/v0/ai/batch/"])
def test_posthog_has_its_paths(door: Door, path: str):
    event = {"event": "x", "distinct_id": "u1", "uuid": "m1", "properties": {"a": 1}}
    body = {"api_key": door.key, "batch": [event]} if "batch" in path else {"api_key": door.key, **event}
    answer = door.post(path, body)
    assert (answer.status, answer.json()["status"]) == (200, 1), answer
    assert door.event()["event"]["properties"] == {"a": 1}


def test_posthog_engage_sets_a_persons_traits(door: Door):
    answer = door.post("/engage/", {"$token": door.key, "$distinct_id": "u1", "$set": {"plan": "pro"}})
    assert answer.json()["status"] == 1, answer
    event = door.event()
    assert (event["type"], event["event"]["traits"]) == ("identify", {"plan": "pro"})


def test_capture_v1_answers_with_a_result_for_each_event(door: Door):
    body = {"created_at": "2026-01-01T00:00:00+00:00", "batch": [
        {"event": "x", "uuid": "11111111-0000-4000-8000-000000000001", "distinct_id": "u1", "properties": {}, "options": {}},
        {"event": "x", "uuid": "11111111-0000-4000-8000-000000000002", "distinct_id": "null", "properties": {}},
    ]}
    answer = door.post("/i/v1/analytics/events", body, **bearer(door.key))
    assert answer.status == 200, answer
    results = answer.json()["results"]
    assert results["11111111-0000-4000-8000-000000000001"] == {"result": "ok"}
    assert results["11111111-0000-4000-8000-000000000002"]["result"] == "drop"
    assert len(door.events()) == 1


@pytest.mark.parametrize("path", ["/pixel/v1/track", "/v1/pixel/track"])
def test_a_pixel_is_an_image_and_an_event(door: Door, path: str):
    query = urlencode({"writeKey": door.key, "anonymousId": "a1", "event": "Email Opened", "properties.subject": "Hi"})
    answer = door.get(f"{path}?{query}")
    assert (answer.status, answer.headers["content-type"], answer.body[:6]) == (200, "image/gif", b"GIF89a")
    event = door.event()
    assert (event["name"], event["event"]["properties"]) == ("Email Opened", {"subject": "Hi"})
    door.forget()
    head = door.call("HEAD", f"{path}?{query}")
    assert (head.status, head.headers["content-type"], head.body) == (200, "image/gif", b"")
    assert door.events() == [], "who only looks has not opened it"


@pytest.mark.parametrize("name", ["writeKey", "writekey", "write_key", "api_key", "token"])
def test_a_pixels_key_is_not_on_the_log(door: Door, name: str):
    assert door.get(f"/v1/pixel/track?{name}={door.key}&userId=u1&event=x").status == 200
    assert door.key not in json.dumps(door.event())


def test_a_pixel_may_carry_json(door: Door):
    data = base64.b64encode(json.dumps({"writeKey": door.key, "userId": "u1", "event": "Opened"}).encode()).decode()
    assert door.get(f"/v1/pixel/track?data={quote(data)}").status == 200
    assert door.event()["name"] == "Opened"


def test_a_pixel_that_is_refused_is_still_an_image(door: Door):
    answer = door.get(f"/pixel/v1/track?writeKey={door.key}&event=x")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/gif")
    assert [letter["code"] for letter in door.dead_letters()] == ["missing_id"]


def test_rudders_merge_joins_two_identifiers(door: Door):
    pairs = [{"type": "email", "value": "a@example.com"}, {"type": "phone", "value": "+821012345678"}]
    assert door.post("/v1/merge", {"mergeProperties": pairs}, **basic(door.key)).status == 200
    assert [pair["type"] for pair in door.event()["event"]["context"]["externalIds"]] == ["email", "phone"]


def test_a_webhook_takes_any_json(door: Door):
    answer = door.post(f"/v1/webhook?writeKey={door.key}", {"event": "invoice.paid", "user_id": "u1", "total": 5})
    assert answer.status == 200, answer
    event = door.event()
    assert (event["name"], event["event"]["properties"]["total"]) == ("invoice.paid", 5)


@pytest.mark.parametrize("body, names", [
    ({"event": "orders.synced", "customer_id": "42", "data": [{"order": 1}, {"order": 2}]}, ["orders.synced"]),
    ({"batch": "b-17", "user_id": 1}, ["Webhook Received"]),
    ([{"event": "a", "user_id": 1}, {"event": "b", "user_id": 2}], ["a", "b"]),
])
def test_a_webhook_is_as_many_events_as_it_has_objects(door: Door, body, names):
    assert door.post(f"/v1/webhook?writeKey={door.key}", body).status == 200
    assert [event["name"] for event in door.events()] == names


@pytest.mark.parametrize("name", ["writeKey", "api_key", "token", "$token"])
def test_a_webhooks_key_is_not_on_the_log(door: Door, name: str):
    assert door.post("/v1/webhook", {name: door.key, "user_id": "u1"}).status == 200
    assert door.key not in json.dumps(door.event())


def test_libraries_get_what_they_ask_for_before_they_start(door: Door):
    settings = door.get(f"/v1/projects/{door.key}/settings")
    assert settings.json()["integrations"]["Segment.io"]["apiKey"] == door.key
    assert door.get("/v1/projects/wrong/settings").status == 401
    for answer in [door.get(f"/sourceConfig/?p=npm&v=3.0.0&writeKey={door.key}"), door.get("/sourceConfig?p=android", **basic(door.key))]:
        source = answer.json()["source"]
        assert (source["writeKey"], source["enabled"], source["destinations"]) == (door.key, True, [])
        assert isinstance(source["config"], dict)
    assert door.get("/sourceConfig?writeKey=wrong").status == 401
    for path in ["/flags/?v=4", "/decide/?v=3"]:
        flags = door.post(path, {"token": door.key, "distinct_id": "u1"}).json()
        assert (flags["featureFlags"], flags["errorsWhileComputingFlags"]) == ({}, False)
    script = door.get(f"/array/{door.key}/config.js")
    assert (script.status, script.headers["content-type"], script.body) == (200, "text/javascript; charset=utf-8", b"")
    assert door.get(f"/array/{door.key}/config").json()["hasFeatureFlags"] is False


def test_an_unknown_address_says_so(door: Door):
    answer = door.post("/v1/nothing", {})
    assert answer.status == 404
    assert {"code", "message", "detail"} <= answer.json().keys()
    assert door.call("DELETE", "/v1/track").status == 405


@pytest.mark.parametrize("service, path", [
    ("ingest", "/v1/kith.js"), ("ingest", "/v1/track"), ("ingest", "/flags"), ("ingest", "/v1/nothing"), ("profile", "/v1/nothing"),
])
def test_an_answer_to_head_has_no_body_that_would_be_taken_for_the_next_answer(door: Door, service: str, path: str):
    address = urlsplit(getattr(door.hub, service))
    with socket.create_connection((address.hostname, address.port), timeout=300) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, body = connection.makefile("rb").read().split(b"\r\n\r\n", 1)
    assert b"content-length: 0" not in head.lower() and body == b"", (head, body)


# Keys.


KEYS = {
    "basic": lambda key: ("/v1/track", {}, basic(key), {}),
    "bearer": lambda key: ("/v1/track", {}, bearer(key), {}),
    "header": lambda key: ("/v1/track", {}, {"X-Write-Key": key}, {}),
    "query": lambda key: (f"/v1/track?writeKey={key}", {}, {}, {}),
    "query in lower case": lambda key: (f"/v1/track?writekey={key}", {}, {}, {}),
    "body": lambda key: ("/v1/track", {"writeKey": key}, {}, {}),
    "body, as PostHog calls it": lambda key: ("/v1/track", {"api_key": key}, {}, {}),
    "body, as a token": lambda key: ("/v1/track", {"token": key}, {}, {}),
    "basic of a proxy, and header": lambda key: ("/v1/track", {}, {**basic("proxy"), "X-Write-Key": key}, {}),
    "bearer of another's token, and body": lambda key: ("/v1/track", {"writeKey": key}, bearer("an-oauth-token"), {}),
    "batch": lambda key: ("/v1/batch", {"writeKey": key}, {}, {}),
    "each event of a batch": lambda key: ("/v1/batch", {}, {}, {"writeKey": key}),
}


@pytest.mark.parametrize("way", KEYS)
def test_the_key_may_stand_in_many_places(door: Door, way: str):
    path, fields, headers, own = KEYS[way](door.key)
    event = {"type": "track", "event": "x", "userId": "u1", **own}
    body = {"batch": [event], **fields} if "batch" in path else {**event, **fields}
    answer = door.post(path, body, **headers)
    assert answer.status == 200, answer
    assert door.key not in json.dumps(door.event()), "a key must not be on the log"


@pytest.mark.parametrize("body", [
    lambda key, event: {"api_key": key, **event},
    lambda key, event: {"token": key, **event},
    lambda key, event: [{"api_key": key, **event}],
    lambda key, event: [{**event, "properties": {"token": key, "distinct_id": "u1"}}],
    lambda key, event: {"batch": [{"api_key": key, **event}]},
])
def test_posthogs_key_may_stand_in_many_places(door: Door, body):
    answer = door.post("/e/", body(door.key, {"event": "x", "distinct_id": "u1"}))
    assert answer.status == 200, answer
    assert door.key not in json.dumps(door.event()), "a key must not be on the log"


def test_events_of_one_batch_may_have_different_keys(kith: Hub, door: Door):
    other = Door(kith, "contract-other")
    good = [{"type": "page", "userId": "u1", "messageId": f"m{index}", "writeKey": key}
            for index, key in enumerate([door.key, other.key, "wrong"])]
    answer = door.post("/v1/batch", {"batch": good}).json()
    assert (answer["accepted"], [note["code"] for note in answer["rejected"]]) == (2, ["invalid_key"])
    assert [event["messageId"] for event in door.events()] == ["m0"]
    assert [event["messageId"] for event in other.events()] == ["m1"]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/batch/", "/capture/", "/i/v1/analytics/events", "/pixel/v1/track",
                                  "/v1/webhook"])
def test_a_wrong_key_is_refused_and_says_so(door: Door, path: str):
    body = {"batch": [{"type": "page", "userId": "u1"}]} if "batch" in path else {"userId": "u1", "event": "x"}
    for headers in [{}, basic("kw_wrong"), bearer("kw_wrong")]:
        answer = door.post(path, body, **headers)
        assert answer.status == 401, answer
        assert answer.json()["code"] == "invalid_key"
        assert {"code", "message", "detail"} <= answer.json().keys()
    assert door.events() == []


def test_a_read_key_may_not_write(kith: Hub, door: Door):
    answer = door.post("/v1/page", {"userId": "u1"}, **basic(kith.read_key))
    assert (answer.status, answer.json()["code"]) == (403, "insufficient_scope")


# Encodings.


EVENT = {"type": "track", "event": "x", "userId": "u1", "messageId": "m1"}


@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_bodies_may_be_compressed(door: Door, encoding: str, pack):
    body = pack(json.dumps({"batch": [EVENT]}).encode())
    answer = door.post("/v1/batch", body, Content_Encoding=encoding, **basic(door.key))
    assert answer.status == 200, answer
    assert door.event()["messageId"] == "m1"


@pytest.mark.parametrize("pack", [
    lambda text: ("/e/?compression=gzip-js", gzip.compress(text), "text/plain"),
    lambda text: ("/e/?compression=base64", b"data=" + quote(base64.b64encode(text)).encode(),
                  "application/x-www-form-urlencoded"),
    lambda text: ("/e/", b"data=" + quote(text).encode(), "application/x-www-form-urlencoded"),
    lambda text: ("/e/", base64.b64encode(text), "text/plain"),
    lambda text: ("/e/", text, "text/plain"),
    lambda text: ("/e/", text, "application/x-www-form-urlencoded"),
])
def test_posthogs_browser_library_wraps_its_bodies(door: Door, pack):
    path, body, kind = pack(json.dumps({"api_key": door.key, "event": "x+y?", "distinct_id": "ü"}).encode())
    answer = door.post(path, body, Content_Type=kind)
    assert answer.status == 200, answer
    assert (door.event()["name"], door.event()["event"]["userId"]) == ("x+y?", "ü")


def test_an_event_may_come_in_the_query(door: Door):
    data = quote(base64.b64encode(json.dumps({"api_key": door.key, "event": "x", "distinct_id": "u1"}).encode()))
    assert door.get(f"/e/?data={data}").status == 200
    assert door.event()["name"] == "x"


def test_an_unknown_encoding_is_refused(door: Door):
    answer = door.post("/v1/batch", b"...", Content_Encoding="br", **basic(door.key))
    assert (answer.status, answer.json()["code"]) == (415, "unsupported_encoding")


# Times.


def test_all_four_times_are_kept_and_the_senders_clock_is_corrected(door: Door):
    now = datetime.now(timezone.utc)
    original, sent_at = now - timedelta(hours=3, minutes=1), now - timedelta(hours=3)
    door.send({**EVENT, "timestamp": written(original)}, sentAt=written(sent_at))
    event = door.event()
    assert abs(seconds_between(event["timestamp"], written(now - timedelta(minutes=1)))) < 300
    assert seconds_between(event["originalTimestamp"], written(original)) == 0
    assert seconds_between(event["sentAt"], written(sent_at)) == 0
    assert abs(seconds_between(event["receivedAt"], written(now))) < 300


def test_posthog_may_ask_for_its_times_to_be_left_alone(door: Door):
    now = datetime.now(timezone.utc)
    original, sent_at = written(now - timedelta(hours=4)), written(now - timedelta(hours=3))
    event = {"event": "x", "distinct_id": "u1", "timestamp": original}
    door.post("/batch/", {"api_key": door.key, "sent_at": sent_at, "batch": [
        event, {**event, "properties": {"$ignore_sent_at": True}}]})
    door.post("/batch/", {"api_key": door.key, "sent_at": sent_at, "batch": [event], "historical_migration": True})
    corrected, ignoring, migrated = door.events()
    assert abs(seconds_between(corrected["timestamp"], original) - 3 * 3600) < 300
    assert seconds_between(ignoring["timestamp"], original) == 0
    assert seconds_between(migrated["timestamp"], original) == 0
    assert migrated["historical"] is True


@pytest.mark.parametrize("zone", ["+00:00", "Z", "+09:00", ""])
@pytest.mark.parametrize("fraction", ["", ".1", ".169", ".169123", ".169123456"])
def test_times_are_read_in_every_precision(door: Door, zone: str, fraction: str):
    door.send({**EVENT, "timestamp": f"2026-01-02T03:04:05{fraction}{zone}"}, path="/v1/import")
    hours = 9 if zone == "+09:00" else 0
    expected = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc) - timedelta(hours=hours)
    read = datetime.fromisoformat(door.event()["timestamp"])
    assert abs((read - expected).total_seconds() - float(f"0{fraction}" if fraction else 0)) < 0.00001


# Browsers, limits, operation.


def test_any_web_page_may_call(door: Door):
    asked = door.call("OPTIONS", "/v1/track", None, {
        "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-custom"})
    assert asked.status in (200, 204)
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    assert "x-custom" in asked.headers["access-control-allow-headers"]
    for headers, status in [(basic(door.key), 200), (basic("wrong"), 401)]:
        answer = door.post("/v1/page", {"userId": "u1"}, Origin="https://shop.example", **headers)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in door.post("/v1/page", {"userId": "u1"}, **basic(door.key)).headers


def test_a_kept_script_is_not_taken_for_the_answer_to_a_page_that_may_read_it(door: Door):
    script = door.get("/v1/kith.js")
    assert "public" in script.headers["cache-control"] and script.headers["vary"] == "Origin"
    known = door.get("/v1/kith.js", If_None_Match=script.headers["etag"])
    assert (known.status, known.headers["vary"]) == (304, "Origin")


def test_what_other_systems_refuse_is_taken_with_a_warning(door: Door):
    large = {**EVENT, "properties": {"text": "x" * 40_000}}
    answer = door.send(large).json()
    assert (answer["accepted"], [note["code"] for note in answer["warnings"]]) == (1, ["large_event"])
    answer = door.send(*[{**EVENT, "messageId": f"m{index}"} for index in range(2600)]).json()
    assert (answer["accepted"], [note["code"] for note in answer["warnings"]]) == (2600, ["large_batch"])


def test_the_largest_batch_of_any_client_is_taken(door: Door):
    events = [{"event": "x", "distinct_id": "u1", "uuid": f"m{index}", "properties": {"text": "x" * 900_000}}
              for index in range(6)]
    answer = door.post("/batch/", {"api_key": door.key, "batch": events})
    assert (answer.status, answer.json()["accepted"]) == (200, 6)


def test_the_operators_paths_answer(door: Door, kith: Hub):
    assert door.get("/health").status == 200
    assert door.get("/ready").status == 200
    before = kith.metrics("ingest")
    door.send(EVENT, {})
    after = kith.metrics("ingest")

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("kith_ingest_events_accepted_total") == 1
    assert grown('kith_ingest_events_rejected_total{reason="missing_type"}') == 1
    assert grown('kith_ingest_requests_total{status="200"}') == 1


def test_logs_hold_no_personal_data_and_no_keys(door: Door, kith: Hub):
    door.send({**EVENT, "userId": "very-private-person", "traits": {"email": "very-private@example.com"}})
    door.send({"type": "track", "userId": "very-private-person"})
    door.post("/v1/batch", b'{"batch": very-private', **basic(door.key))
    log = kith.log_of("ingest")
    assert "very-private" not in log
    assert door.key not in log


def test_a_body_that_stands_still_gives_way_to_others(door: Door):
    address = urlsplit(door.hub.ingest)
    whole = 20 << 20
    with socket.create_connection((address.hostname, address.port), timeout=300) as still:
        still.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % whole + b" " * (whole - 1000))
        # Not sooner: an event may have the room that the body's last bytes need, which is refused then.
        eventually(lambda: door.hub.metrics("ingest").get("kith_ingest_inflight_bytes") == whole - 1000)
        event = {**EVENT, "properties": {"text": "x" * 2000}}
        eventually(lambda: door.send(event).status == 200)
        answer = http.client.HTTPResponse(still)
        answer.begin()
        # Not because its time was over.
        assert answer.status == 408 and "stood still while there was no room" in json.load(answer)["message"]


@pytest.mark.parametrize("announced, connections", [(1000, 200), (20 << 20, 2)])
def test_a_slow_body_does_not_hold_up_others(door: Door, announced: int, connections: int):
    address = urlsplit(door.hub.ingest)
    slow = [socket.create_connection((address.hostname, address.port)) for _ in range(connections)]
    try:
        for connection in slow:
            connection.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{" % announced)
        for _ in range(20):
            assert door.send(EVENT).status == 200
    finally:
        for connection in slow:
            connection.close()

"""Bad input: each piece gets a verdict or a clear error, is among the dead letters, and takes nothing else with it."""

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from support import Hub
from support.door import Door
from support.web import Answer, basic

GOOD = [{"type": "track", "event": "Good", "userId": "good", "messageId": f"good-{index}"} for index in range(2)]
MIB = 1 << 20


@pytest.fixture(scope="module")
def shared(kith: Hub) -> Door:
    return Door(kith, "bad-input")


@pytest.fixture
def door(shared: Door, kith: Hub) -> Iterator[Door]:
    shared.forget()
    process = kith.pid("ingest")
    yield shared
    assert kith.pid("ingest") == process, "ingest died"


def around(bad: bytes) -> bytes:
    """A batch with the piece between two good events."""
    first, second = (json.dumps(event).encode() for event in GOOD)
    return b'{"batch":[' + first + b"," + bad + b"," + second + b"]}"


def deep(levels: int) -> bytes:
    return b'{"type":"track","event":"x","userId":"u","properties":{"x":' + b"[" * levels + b"]" * levels + b"}}"


BAD_EVENTS = {
    "no object": (b"5", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "an array": (b"[]", "not_an_object"),
    "no type": (b'{"userId":"u","event":"x"}', "missing_type"),
    "an unknown type": (b'{"type":"purchase","userId":"u"}', "unknown_type"),
    "no id": (b'{"type":"track","event":"x"}', "missing_id"),
    "explicit nulls": (b'{"type":"track","event":"x","userId":null,"anonymousId":null}', "missing_id"),
    "an id that is nobody's": (b'{"type":"track","event":"x","userId":"undefined"}', "illegal_id"),
    "an id that is an object": (b'{"type":"track","event":"x","userId":{"id":1}}', "invalid_field"),
    "properties that are a text": (b'{"type":"track","event":"x","userId":"u","properties":"p"}', "invalid_field"),
    "a track without event": (b'{"type":"track","userId":"u"}', "missing_event"),
    "a group without id": (b'{"type":"group","userId":"u"}', "missing_group_id"),
    "an alias without previous id": (b'{"type":"alias","userId":"u"}', "missing_previous_id"),
    "an escaped NUL": (b'{"type":"track","event":"a\\u0000b","userId":"u"}', "invalid_json"),
    "an escaped NUL in a key": (b'{"type":"track","event":"x","userId":"u","properties":{"a\\u0000":1}}', "invalid_json"),
    "a raw NUL": (b'{"type":"track","event":"a\0b","userId":"u"}', "invalid_json"),
    "invalid UTF-8": (b'{"type":"track","event":"\xc3(","userId":"u"}', "invalid_json"),
    "overlong UTF-8": (b'{"type":"track","event":"\xc0\xaf","userId":"u"}', "invalid_json"),
    "half a surrogate pair": (b'{"type":"track","event":"\\ud800","userId":"u"}', "invalid_json"),
    "a key twice": (b'{"type":"track","event":"x","userId":"u","userId":"v"}', "invalid_json"),
    "a key twice inside": (b'{"type":"track","event":"x","userId":"u","properties":{"a":1,"a":2}}', "invalid_json"),
    "deep nesting": (deep(10_000), "invalid_json"),
    "a number that is none": (b'{"type":"track","event":"x","userId":"u","properties":{"n":NaN}}', "invalid_json"),
    "a leading zero": (b'{"type":"track","event":"x","userId":"u","properties":{"n":01}}', "invalid_json"),
    "an endless number": (b'{"type":"track","event":"x","userId":"u","properties":{"n":' + b"9" * 5000 + b"}}", "invalid_json"),
    "too many values": (b'{"type":"track","event":"x","userId":"u","properties":{"n":[' + b"0," * 1_000_000 + b"0]}}",
                        "event_too_complex"),
    "too many bytes": (b'{"type":"track","event":"x","userId":"u","properties":{"n":"' + b"x" * (5 * MIB) + b'"}}', "event_too_large"),
    "too many traits": (json.dumps({"type": "identify", "userId": "u", "traits": dict.fromkeys(map(str, range(20_001)), 1)}).encode(),
                        "event_too_complex"),
    "an endless id": (b'{"type":"track","event":"x","userId":"' + b"u" * 5000 + b'"}', "illegal_id"),
    "an endless message id": (b'{"type":"track","event":"x","userId":"u","messageId":"' + b"m" * 5000 + b'"}',
                              "invalid_message_id"),
}


@pytest.mark.parametrize("name", BAD_EVENTS)
def test_one_bad_event_takes_no_other_with_it(door: Door, name: str):
    bad, code = BAD_EVENTS[name]
    answer = door.post("/v1/batch", around(bad), **basic(door.key))
    assert answer.status == 200, answer
    verdict = answer.json()
    assert verdict["accepted"] == 2
    assert [(note["index"], note["code"]) for note in verdict["rejected"]] == [(1, code)]
    assert verdict["rejected"][0]["message"]
    assert [event["messageId"] for event in door.events()] == ["good-0", "good-1"]
    assert [letter["code"] for letter in door.dead_letters()] == [code]


def test_what_was_refused_can_be_found_by_its_message_id(door: Door):
    door.send({"type": "track", "userId": "u", "messageId": "refused-1"})
    [letter] = door.dead_letters()
    assert (letter["messageId"], letter["service"], letter["origin"]) == ("refused-1", "ingest", "bad-input")
    assert json.loads(letter["payload"])["messageId"] == "refused-1"


def test_one_event_that_is_refused_is_one_clear_error(door: Door):
    answer = door.post("/v1/track", {"event": "x"}, **basic(door.key))
    assert (answer.status, answer.json()["code"]) == (400, "missing_id")
    assert len(door.dead_letters()) == 1


BROKEN_BODIES = {
    "nothing": b"",
    "blanks": b"  \n",
    "no JSON": b"nonsense",
    "a text": b'"x"',
    "a number": b"7",
    "cut short": b'{"batch":[{"type":"track"',
    "something behind": b'{"batch":[]} x',
    "a batch that is no array": b'{"batch":{"type":"track"}}',
    "two batches": b'{"batch":[],"batch":[]}',
    "UTF-16": '{"batch":[]}'.encode("utf-16"),
    "brackets only": b"[" * 100_000,
    "braces only": b'{"a":' * 100_000,
    "half of a string": b'{"batch":["' + b"x" * 1000,
}


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_a_broken_body_is_one_clear_error(door: Door, name: str):
    answer = door.post("/v1/batch", BROKEN_BODIES[name], **basic(door.key))
    assert answer.status == 400, answer
    is_error(answer)
    assert len(door.dead_letters()) == 1
    assert door.events() == []


def test_a_broken_body_is_known_by_the_key_inside(door: Door):
    answer = door.post("/batch/", b'{"api_key":"' + door.key.encode() + b'","batch":[{"event":')
    assert answer.status == 400
    [letter] = door.dead_letters()
    assert door.key not in letter["payload"], "a key must not be on the log"


def test_without_a_good_key_nothing_is_written(door: Door):
    assert door.post("/v1/batch", b"nonsense", **basic("kw_wrong")).status == 400
    assert door.post("/v1/batch", {"batch": [5]}, **basic("kw_wrong")).status == 401
    assert door.dead_letters() == []


# Size.


def test_a_body_of_21_mib_is_refused(door: Door):
    answer = door.post("/v1/batch", b" " * (21 * MIB), **basic(door.key))
    assert answer.status == 413, answer
    is_error(answer)
    assert [letter["code"] for letter in door.dead_letters()] == ["body_too_large"]


def test_a_chunked_body_of_21_mib_is_refused(door: Door):
    answer = door.call("POST", "/v1/batch", chunks(21), {"Transfer-Encoding": "chunked", **basic(door.key)})
    assert answer.status == 413, answer
    is_error(answer)
    assert [letter["code"] for letter in door.dead_letters()] == ["body_too_large"]


def test_a_body_of_19_mib_is_taken(door: Door):
    event = {"type": "track", "event": "x", "userId": "u", "properties": {"text": "x" * 900_000}}
    answer = door.send(*[event] * 22)
    assert (answer.status, answer.json()["accepted"]) == (200, 22)


def test_what_a_batch_says_for_all_its_events_may_not_grow_into_a_bomb(door: Door, kith: Hub):
    """It is written into each of them."""
    context = {"text": "x" * MIB}
    forget_peak(kith, "ingest")
    before = peak(kith, "ingest")
    answer = door.send(*[GOOD[0]] * 10_000, context=context)
    assert (answer.status, answer.json()["code"]) == (400, "invalid_batch")
    assert [letter["code"] for letter in door.dead_letters()] == ["invalid_batch"]
    # All of it together would be ten GiB.
    assert peak(kith, "ingest") - before < 150 * MIB
    assert door.send(*GOOD, context=context).json()["accepted"] == 2


def test_a_gzip_bomb_is_refused_and_memory_stays_bounded(door: Door, kith: Hub):
    bomb = gzip.compress(b" " * (200 * MIB), 9)
    forget_peak(kith, "ingest")
    before = peak(kith, "ingest")
    for body in [bomb, gzip.compress(bomb), gzip.compress(b"[" * (50 * MIB))]:
        answer = door.post("/v1/batch", body, Content_Encoding="gzip", **basic(door.key))
        assert answer.status in (400, 413), answer
        is_error(answer)
    assert [letter["code"] for letter in door.dead_letters()] == ["body_too_large", "invalid_encoding", "body_too_large"]
    # Of what it is at rest, most is the program with all that serves to debug it.
    assert peak(kith, "ingest") - before < 64 * MIB


def test_a_form_in_a_form_is_refused_and_memory_stays_bounded(door: Door, kith: Hub):
    """Some 30 KB on the wire, which unpack to millions of levels."""
    forms = b"data=" * (4 * MIB - 1)
    forget_peak(kith, "ingest")
    before = peak(kith, "ingest")
    answer = door.post("/v1/batch", gzip.compress(forms, 9), Content_Encoding="gzip", **basic(door.key))
    assert (answer.status, answer.json()["code"]) == (400, "invalid_encoding")
    assert door.get(f"/v1/pixel/track?{'data=' * 1000}").status == 200
    # What it unpacks to, and what that is a form of, as bytes and as text.
    assert peak(kith, "ingest") - before < 160 * MIB


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\x00broken", gzip.compress(b'{"batch":[]}')[:-6], b"no gzip at all"])
def test_damaged_gzip_is_refused(door: Door, body: bytes):
    answer = door.post("/v1/batch", body, Content_Encoding="gzip", **basic(door.key))
    assert answer.status == 400, answer
    is_error(answer)
    [letter] = door.dead_letters()
    assert (letter["code"], letter["reason"]) == ("invalid_encoding", answer.json()["message"])


def test_many_parts_of_gzip_are_one_body(door: Door):
    text = json.dumps({"batch": GOOD}).encode()
    body = gzip.compress(text[:30]) + gzip.compress(text[30:])
    assert door.post("/v1/batch", body, Content_Encoding="gzip", **basic(door.key)).json()["accepted"] == 2


def test_endless_headers_are_refused(door: Door):
    address = urlsplit(door.hub.ingest)
    for head in [b"X-Long: " + b"x" * 200_000, b"\r\n".join(b"X-%d: 1" % index for index in range(5000))]:
        with socket.create_connection((address.hostname, address.port), timeout=300) as connection:
            try:
                connection.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
                answer = connection.recv(4096)
            except ConnectionError:
                answer = b""
            assert not answer.startswith(b"HTTP/1.1 2")


# What is odd, and taken.


@pytest.mark.parametrize("time", ["0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z",
                                  "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z",
                                  "9999-12-31T23:59:59.999999999Z", "99999-01-01T00:00:00Z", "-1", "yesterday", "", -1, 0,
                                  1e300, 99999999999999999999, True, {}, []])
def test_an_absurd_time_becomes_the_time_of_arrival_and_says_so(door: Door, time: Any):
    answer = door.send({**GOOD[0], "timestamp": time}).json()
    assert answer["accepted"] == 1
    assert [note["code"] for note in answer["warnings"]][0] in ("implausible_timestamp", "invalid_timestamp")
    event = door.event()
    assert event["timestamp"] == event["receivedAt"]


IDENTIFIERS = ["Robert'); DROP TABLE profile;--", '" OR 1=1 --', "<script>alert(1)</script>", "../../etc/passwd", "..%2f..%2f",
               "C:\\x", "a/b?c=d&e#f", "user:42:x", "a%00", "김철수", "😀", "e\u0301", "a\u202eb", "{x}", "$x", "x" * 512]


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_an_identifier_may_have_any_characters(door: Door, identifier: str):
    answer = door.send({"type": "identify", "userId": identifier, "traits": {identifier: identifier}})
    assert (answer.status, answer.json()["accepted"]) == (200, 1)
    event = door.event()["event"]
    assert event["userId"] == identifier
    assert event["traits"] == {identifier: identifier}


def test_odd_identifiers_can_be_asked_for(door: Door, kith: Hub):
    door.send(*[{"type": "track", "event": "Odd", "userId": identifier} for identifier in IDENTIFIERS])
    kith.settled()
    for identifier in IDENTIFIERS:
        assert any(event["name"] == "Odd" for event in kith.events(f"user:{identifier}")), identifier


def test_unknown_fields_and_exact_numbers_are_kept(door: Door):
    text = b'{"type":"track","event":"x","userId":"u","messageId":"m","n":9007199254740993,"m":2.10,"x":{"y":[null,{}]}}'
    door.post("/v1/batch", b'{"batch":[' + text + b"]}", **basic(door.key))
    event = door.event()["event"]
    assert (event["n"], event["x"]) == (9007199254740993, {"y": [None, {}]})


def test_a_number_is_taken_as_an_id_and_says_so(door: Door):
    answer = door.send({"type": "track", "event": "x", "userId": 9007199254740993}).json()
    assert [note["code"] for note in answer["warnings"]] == ["converted_id"]
    assert door.event()["event"]["userId"] == "9007199254740993"


@pytest.mark.parametrize("number", ["0", "-0", "-1", "7" * 600])
@pytest.mark.parametrize("field, other", [("userId", "anonymousId"), ("anonymousId", "userId")])
def test_a_number_that_is_nobodys_id_is_left_out_and_says_so(door: Door, field: str, other: str, number: str):
    body = f'{{"event":"x","{field}":{number},"{other}":"a"}}'.encode()
    assert door.post("/v1/track", body, **basic("kw_wrong")).status == 401
    assert door.post("/v1/track", body, **basic(door.key)).status == 200
    event = door.event()["event"]
    assert (event[field], event[other]) == (None, "a")


def test_posthogs_bad_events_take_no_other_with_them(door: Door):
    good = {"event": "x", "distinct_id": "u1", "uuid": "m1"}
    bad: list[Any] = [{"event": "x"}, {"distinct_id": "u1"}, {"event": "x", "distinct_id": "[object Object]"}, 7,
                      {"event": "x", "distinct_id": {}}, {"event": "$snapshot", "distinct_id": "u1"}]
    answer = door.post("/batch/", {"api_key": door.key, "batch": [*bad, good]}).json()
    assert (answer["status"], answer["accepted"]) == (1, 1)
    assert [note["code"] for note in answer["rejected"]] == [
        "missing_id", "missing_event", "illegal_id", "not_an_object", "invalid_field", "unsupported_event"]
    assert door.event()["messageId"] == "m1"
    assert len(door.dead_letters()) == len(bad)


def is_error(answer: Answer):
    error = answer.json()
    assert {"code", "message", "detail"} <= error.keys()
    assert error["message"].endswith(".")


def chunks(count: int) -> bytes:
    """So many MiB in HTTP's chunks."""
    return (b"100000\r\n" + b" " * MIB + b"\r\n") * count + b"0\r\n\r\n"


def forget_peak(kith: Hub, service: str):
    """Lets the peak of a service's memory begin anew with what it has now."""
    with open(f"/proc/{kith.pid(service)}/clear_refs", "w") as file:
        file.write("5")


def peak(kith: Hub, service: str) -> int:
    """The most memory that a service has had, in bytes."""
    with open(f"/proc/{kith.pid(service)}/status") as status:
        [line] = [line for line in status if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024

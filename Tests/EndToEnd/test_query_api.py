"""The query and administration API, over people that came in through the door."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from support import Hub
from support.waiting import eventually
from support.web import Answer, Web, basic, bearer

SOURCE = "query-api"
SEGMENT = "/v1/spaces/main/collections/users/profiles"
ODD = ["'; DROP TABLE profile; --", "<script>alert(1)</script>", "../../etc/passwd", "100%", "%2F", "a:b:c", "a+b c", "?q=1&x#y",
       "김철수", '"quoted"', "\\", "{identifier}", "*", "\U0001f600"]


def event(kind: str, user: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "userId": user, "messageId": f"{user}-{kind}-{number}",
            "timestamp": f"2026-01-01T00:00:{number:02}.000Z", **fields}


def people() -> Iterator[dict[str, Any]]:
    """Ada, who ordered twice; Löve, who looked at a page; and those whose ids are odd."""
    yield event("identify", "q-ada", traits={"name": "Ada Lovelace", "email": "ada@query.example", "age": 36, "city": "London"},
                anonymousId="q-device")
    for number in range(1, 3):
        yield event("track", "q-ada", number, event="Order Completed", properties={"total": number})
    yield event("identify", "q-love", traits={"name": "Élodie Löve", "email": "love@query.example", "age": 17})
    yield event("page", "q-love", 5, name="Pricing")
    for number, value in enumerate(ODD):
        yield event("track", "q-" + value, event="Odd", properties={"number": number})


@pytest.fixture(scope="module")
def hub(kith: Hub) -> Hub:
    kith.send(people(), key=kith.new_write_key(SOURCE))
    eventually(lambda: kith.one_profile(f"user:q-{ODD[-1]}"), 60, "the last person")
    return kith


def ask(hub: Hub, **question: Any) -> list[str]:
    answer = hub.ask("/v1/profiles/search", question)
    assert answer.status == 200, answer
    return [profile["traits"].get("name") for profile in answer.json()["profiles"]]


# One profile.


def test_any_identifier_and_the_id_lead_to_the_same_profile(hub: Hub):
    ada = hub.one_profile("email:ada@query.example")
    assert ada["eventCount"] == 3 and ada["sources"] == [SOURCE] and ada["traits"]["age"] == 36
    assert {f"{one['namespace']}:{one['value']}" for one in ada["identifiers"]} == {
        "user:q-ada", "email:ada@query.example", "anonymous:q-device"}
    for name in (ada["id"], "user:q-ada", "anonymous:q-device", "email:ADA@Query.example"):
        assert hub.one_profile(name) == ada


@pytest.mark.parametrize("value", ODD)
def test_identifiers_may_have_any_characters(hub: Hub, value: str):
    found = hub.one_profile(f"user:q-{value}")
    assert [one["value"] for one in found["identifiers"]] == [f"q-{value}"]
    assert [one["name"] for one in hub.events(f"user:q-{value}")] == ["Odd"]


def test_verbose_traits_say_where_they_are_from(hub: Hub):
    trait = hub.one_profile("user:q-ada", verbose="true")["traits"]["age"]
    assert trait["value"] == 36 and trait["source"] == SOURCE and trait["messageId"] == "q-ada-identify-0"
    assert trait["time"] == "2026-01-01T00:00:00.000Z"


def test_events_come_in_the_order_of_time_with_their_bodies(hub: Hub):
    events = list(hub.events("user:q-ada", limit=1))
    assert [one["messageId"] for one in events] == ["q-ada-track-2", "q-ada-track-1", "q-ada-identify-0"]
    assert events[0]["event"]["properties"] == {"total": 2}
    assert list(hub.events("user:q-ada", order="asc")) == events[::-1]
    assert [one["messageId"] for one in hub.events("user:q-ada", name="Order Completed", to="2026-01-01T00:00:02Z")] == [
        "q-ada-track-1"]
    assert [one["messageId"] for one in hub.events("user:q-ada", messageId="q-ada-track-2")] == ["q-ada-track-2"]


def test_the_graph_shows_the_evidence(hub: Hub):
    graph = hub.get("/v1/profiles/user:q-ada/graph").json()
    assert {node["identifier"] for node in graph["nodes"]} == {"user:q-ada", "email:ada@query.example", "anonymous:q-device"}
    assert graph["edges"] and all(edge["source"] == SOURCE for edge in graph["edges"])


# Many profiles.


@pytest.mark.parametrize("question, names", [
    ({"text": "ada lov"}, ["Ada Lovelace"]),
    ({"text": "elo"}, ["Élodie Löve"]),
    ({"text": "nobody"}, []),
    ({"where": {"trait": "age", "atLeast": 18}}, ["Ada Lovelace"]),
    ({"where": {"all": [{"trait": "age", "exists": True}, {"not": {"trait": "age", "atLeast": 18}}]}}, ["Élodie Löve"]),
    ({"where": {"identifier": "email", "endsWith": "@query.example"}, "sort": [{"trait": "age", "order": "desc"}]},
     ["Ada Lovelace", "Élodie Löve"]),
    ({"where": {"event": "Order Completed", "count": {"atLeast": 2}}, "text": "ada"}, ["Ada Lovelace"]),
    ({"where": {"event": "Pricing"}}, ["Élodie Löve"]),
])
def test_search(hub: Hub, question: dict[str, Any], names: list[str]):
    mine = {"identifier": "user", "startsWith": "q-"}
    where = {"all": [mine, question["where"]]} if "where" in question else mine
    assert ask(hub, **{**question, "where": where}) == names
    count = {name: value for name, value in {**question, "where": where}.items() if name != "sort"}
    assert hub.ask("/v1/profiles/count", count).json() == {"count": len(names)}


def test_export_has_everyone_as_they_are_read_alone(hub: Hub):
    answer = hub.get("/v1/export")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert int(answer.headers["x-total-count"]) == len(lines) == len({line["id"] for line in lines})
    ada = hub.one_profile("user:q-ada")
    assert ada in lines


# The Segment Profile API.


def segment(hub: Hub, path: str) -> Answer:
    with Web(hub.profile) as web:
        return web.call("GET", f"{SEGMENT}/{path}", headers=basic(hub.read_key))


def test_segments_clients_find_what_they_expect(hub: Hub):
    traits = segment(hub, "user_id:q-ada/traits?limit=2")
    assert traits.json()["traits"] == {"age": 36, "city": "London"} and traits.headers["request-id"]
    cursor = traits.json()["cursor"]
    assert cursor["has_more"] and cursor["limit"] == 2
    assert list(segment(hub, f"user_id:q-ada/traits?limit=2&next={cursor['next']}").json()["traits"]) == ["email", "name"]
    verbose = segment(hub, "email:ada%40query.example/traits?include=age&verbose=true").json()["traits"]
    assert verbose == {"age": {"value": 36, "source_id": SOURCE, "updated_at": "2026-01-01T00:00:00.000Z"}}
    events = segment(hub, "user_id:q-ada/events?include=Order%20Completed&sort=asc").json()["data"]
    assert [one["properties"]["total"] for one in events] == [1, 2]
    assert {one["type"] for one in segment(hub, "user_id:q-ada/external_ids").json()["data"]} == {
        "user_id", "email", "anonymous_id"}
    assert segment(hub, "user_id:q-ada/metadata").json()["metadata"]["first_message_id"] == "q-ada-identify-0"
    missing = segment(hub, "user_id:nobody-at-all/traits")
    assert missing.status == 404 and missing.json()["error"]["code"] == "not_found"


# Streams.


class Stream:
    """Server-sent events, read in a thread of their own."""

    def __init__(self, hub: Hub, path: str, headers: dict[str, str] | None = None):
        address = urlsplit(hub.profile)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=600)
        self.connection.request("GET", path, headers={**bearer(hub.admin_key), **(headers or {})})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200
        self.events: list[dict[str, str]] = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        fields: dict[str, str] = {}
        try:
            while line := self.answer.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif fields.get("data"):
                    self.events.append(fields)
                    fields = {}
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass

    def data(self) -> list[dict[str, Any]]:
        return [json.loads(one["data"]) for one in self.events if one["event"] in ("profile", "record")]

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_):
        # The reader holds the connection until there is something to read; the end is.
        if self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(300)
        self.connection.close()


def test_profiles_are_streamed_as_they_change_and_after_a_break(hub: Hub):
    key = hub.new_write_key("query-stream")
    with Stream(hub, "/v1/profiles/stream") as stream:
        hub.send([event("track", "q-stream", 1, event="First")], key=key)
        profile = eventually(lambda: hub.one_profile("user:q-stream"))["id"]
        eventually(lambda: any(one["id"] == profile for one in stream.data()), 60, "the first change")
        last = stream.events[-1]["id"]
    hub.send([event("track", "q-stream", 2, event="Second")], key=key)
    hub.send([event("track", "q-other", 3, event="Not asked for")], key=key)
    eventually(lambda: hub.one_profile("user:q-other"))
    with Stream(hub, "/v1/profiles/stream?identifier=user:q-stream", {"Last-Event-ID": last}) as stream:
        eventually(stream.data, 60, "the second change")
        time.sleep(0.3)
        assert {one["id"] for one in stream.data()} == {profile}


def test_a_topic_can_be_followed_and_read(hub: Hub):
    with Stream(hub, "/v1/topics/events/stream") as stream:
        hub.send([event("track", "q-follow", event="Followed")], key=hub.new_write_key("query-follow"))
        eventually(lambda: any(one["value"]["messageId"] == "q-follow-track-0" for one in stream.data()), 60, "the event")
    # All that other tests have sent stands before this one's events: they would be a long way from the start.
    with Stream(hub, "/v1/topics/events/stream?from=start") as stream:
        assert eventually(stream.data, 60, "the oldest record")[0]["offset"] == 0
    page = hub.admin("GET", "/v1/topics/events/records?partition=ingest&limit=2").json()
    assert len(page["records"]) == 2 and page["next"] == page["records"][-1]["offset"] + 1


# Keys and audit.


def test_a_revoked_key_is_refused_at_once_by_every_service(hub: Hub):
    made = {scope: hub.admin("POST", "/v1/keys", {"scope": scope, "source": "brief"}).json() for scope in ("write", "read")}

    def door() -> int:
        return hub.post("/v1/batch", {"batch": []}, key=made["write"]["secret"]).status

    def query() -> int:
        return hub.get("/v1/status", key=made["read"]["secret"]).status

    eventually(lambda: door() == 200 and query() == 200, 60, "keys that work")
    assert all("secret" not in key for key in hub.admin("GET", "/v1/keys").json()["keys"])
    for key in made.values():
        assert hub.admin("DELETE", f"/v1/keys/{key['id']}").status == 204
    assert query() == 401
    # As soon as it has read of that, which takes it a few milliseconds.
    eventually(lambda: door() == 401, 10, "a refusal at the door")


def test_a_wrong_key_is_told_so(hub: Hub):
    for path in ("/v1/keys", "/v1/profiles/user:q-ada", "/v1/export"):
        answer = hub.get(path, key="kr_nonsense")
        assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Bearer")
        assert {"code", "message", "detail"} <= answer.json().keys()
    assert hub.get("/v1/keys").status == 403
    assert hub.get("/v1/profiles/user:q-ada", key=hub.write_key).status == 403


def test_administrative_calls_leave_an_entry_also_when_refused(hub: Hub):
    made = hub.admin("POST", "/v1/keys", {"scope": "read", "source": "audited"}).json()
    hub.get("/v1/audit", key=made["secret"])
    entries = hub.admin("GET", f"/v1/audit?actor={made['id']}").json()["entries"]
    assert [(one["action"], one["status"]) for one in entries] == [("audit.list", 403)]
    created = hub.admin("GET", "/v1/audit?action=keys.create").json()["entries"]
    assert created[0]["subject"] == made["id"] and created[0]["status"] == 201


def test_keys_and_audit_survive_a_restart(hub: Hub):
    made = hub.admin("POST", "/v1/keys", {"scope": "read", "source": "lasting"}).json()
    hub.kill_and_await("profile")
    assert hub.get("/v1/status", key=made["secret"]).status == 200
    assert hub.admin("GET", "/v1/audit?action=keys.create&limit=1").json()["entries"][0]["subject"] == made["id"]


# Dead letters.


def test_dead_letters_are_found_and_not_replayed_when_they_never_were_records(hub: Hub):
    hub.post("/v1/batch", {"batch": [{"type": "nonsense", "messageId": "q-dead", "userId": "u"}]})
    letter = eventually(
        lambda: hub.admin("GET", "/v1/dead-letters?messageId=q-dead&service=ingest").json()["deadLetters"], 60)[0]
    path = f"/v1/dead-letters/{quote(letter['id'])}"
    assert "q-dead" in hub.admin("GET", path).json()["payload"]
    assert hub.admin("POST", f"{path}/replay").json()["code"] == "not_replayable"


# What is too much, too long or not understood.


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"[]", 400), (b"{", 400), (b'{"text":"\xff"}', 400), (b'{"text":"\\u0000"}', 400), (b'{"a":1}', 400),
    (b"[" * 10_000, 400), (b'{"limit":201}', 400), (b'{"where":{"trait":"a","equals":1,"like":2}}', 400),
    (b" " * (1 << 20) + b"{}", 413), (b'{"sort":[{"field":"1; DROP TABLE profile"}]}', 400),
])
def test_bad_questions_get_a_clear_error(hub: Hub, body: bytes, status: int):
    with Web(hub.profile) as web:
        answer = web.call("POST", "/v1/profiles/search", body, bearer(hub.read_key))
    assert answer.status == status and answer.json()["message"]


@pytest.mark.parametrize("path", [
    "/v1/profiles/user:q-ada?verbos=1", "/v1/profiles/user:q-ada/events?limit=0", "/v1/profiles/user:q-ada/events?from=soon",
    "/v1/profiles/user:q-ada/events?cursor=x", "/v1/profiles/%ff:x", "/v1/profiles/ada", "/v1/audit?limit=999",
])
def test_bad_parameters_are_named(hub: Hub, path: str):
    answer = hub.get(path, key=hub.admin_key)
    assert answer.status == 400 and answer.json()["code"] and answer.json()["message"]


def test_a_client_that_takes_nothing_costs_no_memory(hub: Hub):
    """The stream of all events is far more than the buffers of a connection hold."""
    key = hub.new_write_key("query-slow")
    bulk = [event("track", f"q-slow-{n % 50}", n % 60, event="Bulk", properties={"filler": "x" * 8000}) | {"messageId": f"slow-{n}"}
            for n in range(5000)]
    hub.send(bulk, key=key)
    hub.settled(120)
    before = resident(hub.pid("profile"))
    connections = []
    address = urlsplit(hub.profile)
    for _ in range(20):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=600)
        connection.request("GET", "/v1/topics/events/stream?from=start", headers=bearer(hub.admin_key))
        connections.append(connection)
    time.sleep(3)
    grown = resident(hub.pid("profile")) - before
    for connection in connections:
        connection.close()
    assert grown < 150, f"{grown} MiB for 20 streams that nobody reads"
    assert hub.get("/v1/status").status == 200


def resident(pid: int) -> int:
    """The process's memory in MiB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024

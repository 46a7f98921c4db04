"""Singer taps as they come from the registry, against a vendor's API, a database, and recorded runs."""

import json

import pytest

from support import Hub, eventually
from support_postgresql import PASSWORD, PostgreSQL
from support_rest_server import TOKEN, RestServer
from support_singer import RECORDED, Tap, configuration, install_once, wheels
from support_tls_proxy import Answered, Asked, TLSProxy

#: More than a floating-point number can tell from its neighbours.
LARGE = 820982911946154503


def status(hub: Hub, source: str) -> dict:
    shown = json.loads(hub.kith("connector", "status", "--json").stdout)
    return next(entry for entry in shown["sources"] if entry["name"] == source)


def run(hub: Hub, source: str, within: float = 240):
    """Reads the source once more, to the end."""
    before = status(hub, source).get("lastSuccess")
    hub.kith("connector", "run", source)

    def is_done() -> bool:
        now = status(hub, source)
        return now["state"] == "idle" and now.get("lastSuccess") not in (None, before)

    eventually(is_done, within, lambda: f"a run of {source}: {status(hub, source)}\n{hub.printed()}")
    hub.settled()


def await_first_run(hub: Hub, source: str):
    """Waits for what a new source does by itself: it installs the tap, asks for its streams, and reads them."""
    eventually(lambda: status(hub, source).get("lastSuccess"), 400,
               lambda: f"a first run of {source}: {status(hub, source)}\n{hub.printed()}")
    hub.settled()


def state(hub: Hub, source: str):
    return json.loads(hub.kith("connector", "state", source).stdout)["state"]


def names(hub: Hub, identifier: str) -> list[str]:
    """The names of a person's events, those without one by their type."""
    return sorted(event.get("name") or event["type"] for event in hub.events(identifier))


# A vendor's REST API, by tap-rest-api-msdk.


def contact(number: int, id: int | None = None) -> dict:
    return {"id": id or number, "email": f"u{number}@rest.test", "name": f"User {number}", "balance": number + 0.5,
            "updated_at": f"2026-11-{number:02}T10:00:00Z"}


def rest_source(server: RestServer) -> dict:
    stream = {"name": "contacts", "path": "/contacts", "records_path": "$.data[*]", "primary_keys": ["id"],
              "replication_key": "updated_at", "source_search_field": "updated_since",
              "source_search_query": "$last_run_date"}
    config = {"api_url": server.url, "auth_method": "bearer_token", "bearer_token": TOKEN, "start_date": "2026-11-01T00:00:00Z",
              "next_page_token_path": "$.next_page", "pagination_next_page_param": "page", "backoff_type": "header",
              "streams": [stream]}
    return {"name": "rest", "type": "singer", "tap": "tap-rest-api-msdk==1.4.2", "interval": "1h", "config": config,
            "environment": {"PIP_NO_COMPILE": "1"},
            "streams": {"contacts": 'identify({email, "rest.contact": .id}; {name, balance})'}}


def test_reads_an_api_page_by_page_and_goes_on_from_its_bookmark(hub):
    contacts = [contact(1, LARGE), *(contact(number) for number in range(2, 8))]
    with RestServer(contacts) as server:
        running = hub(json.dumps({"sources": [rest_source(server)]}), environment=wheels("tap-rest-api-msdk"))
        await_first_run(running, "rest")
        reads_everything_exactly(running)
        goes_on_from_the_bookmark(running, server)
        shows_and_resets(running)
        says_what_is_wrong(running, server)


def reads_everything_exactly(hub: Hub):
    for number in range(1, 8):
        profile = hub.one_profile(f"email:u{number}@rest.test")
        assert profile["traits"]["name"] == f"User {number}" and profile["traits"]["balance"] == number + 0.5
        assert {(one["namespace"], one["value"]) for one in profile["identifiers"]} == {
            ("email", f"u{number}@rest.test"), ("rest.contact", str(LARGE if number == 1 else number))}
        assert names(hub, f"email:u{number}@rest.test") == ["identify"]
    assert hub.one_profile(f"rest.contact:{LARGE}")["traits"]["name"] == "User 1"
    assert state(hub, "rest") == {"bookmarks": {"contacts": {
        "replication_key": "updated_at", "replication_key_value": "2026-11-07T10:00:00Z"}}}


def goes_on_from_the_bookmark(hub: Hub, server: RestServer):
    server.contacts += [contact(8)]
    server.asked.clear()
    run(hub, "rest")
    # The tap also looks at a page without asking since when, to see what the records are like.
    assert {asked["updated_since"] for asked in server.asked if "updated_since" in asked} == {"2026-11-07T10:00:00Z"}
    assert names(hub, "email:u8@rest.test") == ["identify"]
    # It was read once more, as Singer taps do, and is the same event.
    assert names(hub, "email:u7@rest.test") == ["identify"]


def shows_and_resets(hub: Hub):
    before = state(hub, "rest")
    shown = [json.loads(line) for line in hub.kith("connector", "read", "rest", "--limit", "2").stdout.splitlines()]
    assert len(shown) == 2 and state(hub, "rest") == before
    refused = hub.kith("connector", "reset", "rest", "--stream", "nonsense", check=False)
    assert refused.returncode != 0
    hub.kith("connector", "pause", "rest")
    assert status(hub, "rest")["state"] == "paused"
    hub.kith("connector", "reset", "rest", "--stream", "contacts")
    assert state(hub, "rest") == {"bookmarks": {}}
    hub.kith("connector", "resume", "rest")
    run(hub, "rest")
    assert state(hub, "rest")["bookmarks"]["contacts"]["replication_key_value"] == "2026-11-08T10:00:00Z"
    assert all(names(hub, f"email:u{number}@rest.test") == ["identify"] for number in range(1, 9))


def says_what_is_wrong(hub: Hub, server: RestServer):
    assert hub.kith("connector", "check", "rest").stdout.splitlines() == ["ok    ok", "ok    contacts"]
    server.refusal = 401
    check = hub.kith("connector", "check", "rest", check=False)
    assert check.returncode == 1 and "configuration" in check.stdout, check
    server.refusal = 429
    hub.kith("connector", "run", "rest")
    eventually(lambda: status(hub, "rest")["state"] == "failing", 180, lambda: str(status(hub, "rest")))
    assert "rate_limit_exceeded" in status(hub, "rest")["error"]
    check = hub.kith("connector", "check", "rest", check=False)
    assert check.returncode == 1 and "rateLimit" in check.stdout, check


# A database, by pipelinewise-tap-postgres.

@pytest.fixture
def postgresql():
    with PostgreSQL() as server:
        server.sql("CREATE DATABASE crm")
        crm(server, "CREATE TABLE contacts (id bigint PRIMARY KEY, email text, name text, updated_at timestamptz)",
            f"INSERT INTO contacts VALUES ({LARGE}, 'u1@crm.test', 'Jane', '2026-11-01'), (2, 'u2@crm.test', 'Ahmed',"
            " '2026-11-02'), (3, 'u3@crm.test', '김서연', '2026-11-03')",
            "CREATE TABLE orders (id bigint PRIMARY KEY, email text, updated_at timestamptz)",
            "INSERT INTO orders VALUES (1, 'u1@crm.test', '2026-11-01'), (2, 'u2@crm.test', '2026-11-02')")
        yield server


def crm(server: PostgreSQL, *statements: str):
    server.sql(*statements, database="crm")


def database_source(server: PostgreSQL) -> dict:
    deleted = 'track("Contact Deleted"; {"crm.contact": .id}; {})'
    return {
        "name": "crm", "type": "singer", "tap": "pipelinewise-tap-postgres==1.8.4", "executable": "tap-postgres",
        "interval": "1h", "environment": {"PIP_NO_COMPILE": "1"},
        "config": {"host": "127.0.0.1", "port": server.port, "user": "owner", "password": PASSWORD, "dbname": "crm",
                   "filter_schemas": "public", "tap_id": "crm"},
        "streams": {
            "public-contacts": {"events": 'identify({email, "crm.contact": .id}; {name})', "deleted": deleted,
                                "replication": "FULL_TABLE"},
            "public-orders": {"events": 'track("Ordered"; {email}; {id})', "replication": "INCREMENTAL",
                              "replicationKey": "updated_at", "deleted": 'track("Order Deleted"; {email: "x@crm.test"}; {})'}}}


def test_reads_tables_and_notices_what_is_deleted(hub, postgresql):
    running = hub(json.dumps({"sources": [database_source(postgresql)]}), environment=wheels("pipelinewise-tap-postgres"))
    await_first_run(running, "crm")
    assert running.one_profile("email:u3@crm.test")["traits"]["name"] == "김서연"
    assert running.one_profile(f"crm.contact:{LARGE}")["traits"]["name"] == "Jane"
    assert names(running, "email:u2@crm.test") == ["Ordered", "identify"]
    sends_only_what_has_changed(running, postgresql)
    a_reset_deletes_nothing(running, postgresql)


def sends_only_what_has_changed(hub: Hub, server: PostgreSQL):
    read = status(hub, "crm")["records"]
    run(hub, "crm")
    # The order at the bookmark is read once more in each run; contacts are compared with what is remembered.
    assert status(hub, "crm")["records"] <= read + 1
    crm(server, "DELETE FROM contacts WHERE id = 2", "DELETE FROM orders WHERE id = 1",
        "UPDATE contacts SET name = 'Kim' WHERE id = 3")
    for _ in range(2):
        run(hub, "crm")
    assert names(hub, "crm.contact:2") == ["Contact Deleted", "Ordered", "identify"]
    assert hub.one_profile("email:u3@crm.test")["traits"]["name"] == "Kim"
    assert hub.one_profile("email:x@crm.test") is None, "an incremental run deletes nothing"


def a_reset_deletes_nothing(hub: Hub, server: PostgreSQL):
    crm(server, "DELETE FROM contacts WHERE id = 3")
    hub.kith("connector", "pause", "crm")
    hub.kith("connector", "reset", "crm")
    hub.kith("connector", "resume", "crm")
    run(hub, "crm")
    assert "Contact Deleted" not in names(hub, "crm.contact:3"), "what was forgotten cannot be missed"
    assert names(hub, "crm.contact:2") == ["Contact Deleted", "Ordered", "identify"]
    assert set(names(hub, f"crm.contact:{LARGE}")) == {"Ordered", "identify"}


# A vendor that is only reached by TLS, by tap-intercom.


class Intercom:
    """Three contacts in pages of two; the first search is refused, for there were too many."""

    def __init__(self):
        self.searches: list[dict] = []
        nothing = {"type": "list", "data": [], "url": "", "total_count": 0, "has_more": False}
        self.contacts = [
            {"type": "contact", "id": f"c{number}", "email": f"u{number}@intercom.test", "name": f"User {number}", "role": "user",
             "phone": None, "external_id": None, "created_at": 1793491200, "updated_at": 1793491200 + number * 86400,
             "tags": nothing, "notes": nothing, "companies": nothing, "custom_attributes": {"plan": "gold"}}
            for number in range(1, 4)]

    def answer(self, asked: Asked) -> Answered:
        assert asked.headers["Authorization"] == "Bearer tok"
        if not asked.path.startswith("/contacts/search"):
            return Answered(200, {"type": "list", "data": []})
        self.searches.append(asked.body)
        if len(self.searches) == 1:
            return Answered(429, {"type": "error.list", "errors": [{"code": "rate_limit_exceeded", "message": "slow down"}]},
                            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"})
        since = asked.body["query"]["value"][0]["value"]
        rows = [contact for contact in self.contacts if contact["updated_at"] >= since]
        first = int(asked.body["pagination"].get("starting_after", 0))
        pages = {"type": "pages", "page": first // 2 + 1, "per_page": 2, "total_pages": 2}
        if first + 2 < len(rows):
            pages["next"] = {"page": 2, "starting_after": str(first + 2)}
        return Answered(200, {"type": "list", "data": rows[first:first + 2], "total_count": len(rows), "pages": pages})


def test_reads_a_vendor_behind_a_proxy_that_is_busy_at_first(hub, tmp_path):
    vendor = Intercom()
    with TLSProxy(tmp_path, ["api.intercom.io"], vendor.answer) as proxy:
        source = {"name": "support", "type": "singer", "tap": "tap-intercom==2.2.5", "interval": "1h",
                  "environment": {"PIP_NO_COMPILE": "1", **proxy.environment},
                  "config": {"access_token": "tok", "start_date": "2026-10-01T00:00:00Z", "user_agent": "kith"},
                  "streams": {"contacts": 'identify({email, "intercom.contact": .id}; .custom_attributes + {name})'}}
        running = hub(json.dumps({"sources": [source]}), environment=wheels("tap-intercom"))
        await_first_run(running, "support")
        for number in range(1, 4):
            profile = running.one_profile(f"intercom.contact:c{number}")
            assert profile["traits"] == {"name": f"User {number}", "plan": "gold"}
            assert running.one_profile(f"email:u{number}@intercom.test")["id"] == profile["id"]
        assert len(vendor.searches) == 3, "one refused, and two pages"
        assert state(running, "support")["bookmarks"]["contacts"]["updated_at"].startswith("2026-11-04")


# Recorded runs of all the taps that were tried.

#: Tap → its stream, its events, whom they are of, and what its state is at the end.
RUNS = {
    "tap-csv": ("contacts", 'identify({email, "csv.id": .id}; {name})',
                {"email:jane@shop.example": "csv.id:1", "email:ahmed@x.example": "csv.id:2"}, {"contacts": {}}),
    "tap-fake-people": ("people", 'identify({email, "fake.id": .id}; {name})',
                        {"email:smiller@example.net": "fake.id:1", "email:nicolejohnson@example.net": "fake.id:10"},
                        {"people": {}}),
    "tap-hubspot": ("contacts", 'identify({email: .properties.email, "hubspot.contact": .id}; {})',
                    {f"email:u{n}@shop.example": f"hubspot.contact:10{n}" for n in (1, 2, 3)},
                    {"contacts": {"updatedAt": "2026-11-03T00:00:00.000000Z"}}),
    "tap-intercom": ("contacts", 'identify({email, "intercom.contact": .id}; .custom_attributes)',
                     {f"email:u{n}@shop.example": f"intercom.contact:c{n}" for n in (1, 2, 3)},
                     {"contacts": {"updated_at": "2026-11-04T00:00:00.000000Z"}}),
    "tap-rest-api-msdk": ("contacts", 'identify({email, "rest.contact": .id}; {name})',
                          {f"email:u{n}@shop.example": f"rest.contact:{n}" for n in range(1, 8)},
                          {"contacts": {"replication_key": "updated_at", "replication_key_value": "2026-11-07T10:00:00Z"}}),
    "tap-shopify": ("customers", 'identify({email, "shopify.customer": (.id | split("/") | last)}; {})',
                    {f"email:u{n}@shop.example": f"shopify.customer:820982911946154{n}" for n in (1, 2, 3)},
                    {"customers": {"updatedAt": "2026-11-03T00:00:00.000000Z"}}),
    "pipelinewise-tap-postgres-full": (
        "public-contacts", {"events": 'identify({email, "crm.contact": .id}; {name})',
                            "deleted": 'track("Contact Deleted"; {"crm.contact": .id}; {})'},
        {f"email:u{n}@shop.example": f"crm.contact:{n}" for n in (1, 2, 3)},
        {"public-contacts": {"last_replication_method": "FULL_TABLE", "version": 1795411064040, "xmin": None}}),
    "pipelinewise-tap-postgres-incr": (
        "public-contacts", 'identify({email, "incremental.contact": .id}; {name})',
        {f"email:u{n}@shop.example": f"incremental.contact:{n}" for n in (1, 2, 3)},
        {"public-contacts": {"last_replication_method": "INCREMENTAL", "replication_key": "updated_at",
                             "version": 1795411064663, "replication_key_value": "2026-11-04T00:00:00+00:00"}}),
}


def schema_of(recording: str) -> dict:
    lines = (json.loads(line) for line in (RECORDED / f"{recording}.jsonl").read_text().splitlines())
    return next(line for line in lines if line["type"] == "SCHEMA")


def recorded(folder, recording: str, first, data) -> Tap:
    stream, events, _, _ = RUNS[recording]
    schema = schema_of(recording)
    entry = {"tap_stream_id": stream, "stream": stream, "schema": schema["schema"], "key_properties": schema["key_properties"],
             "metadata": []}
    tap = Tap(folder, recording, {stream: events}).describes({"streams": [entry]})
    return tap.plays({"file": str(RECORDED / f"{recording}.jsonl")}).installed(first, data)


def test_makes_profiles_of_recorded_runs(hub, tmp_path):
    first = install_once(tmp_path / "installation")
    taps = {recording: recorded(tmp_path, recording, first, tmp_path / "data") for recording in RUNS}
    running = hub(configuration(*taps.values()))
    for recording, (_, _, people, bookmarks) in RUNS.items():
        await_first_run(running, recording)
        assert state(running, recording)["bookmarks"] == bookmarks
        for email, other in people.items():
            assert running.one_profile(email)["id"] == running.one_profile(other)["id"], recording
    replays_what_came_later(running, taps)
    letters = running.kith("dead-letters", "list").stdout
    assert "tap" not in letters, letters


def replays_what_came_later(hub: Hub, taps: dict[str, Tap]):
    """The taps' second runs: a deleted row, and records that were read before."""
    full, incremental = taps["pipelinewise-tap-postgres-full"], taps["pipelinewise-tap-postgres-incr"]
    full.plays({"file": str(RECORDED / "pipelinewise-tap-postgres-full-second-after-delete.jsonl")})
    incremental.plays({"file": str(RECORDED / "pipelinewise-tap-postgres-incr2.jsonl")})
    taps["tap-rest-api-msdk"].plays({"file": str(RECORDED / "tap-rest-api-msdk-second.jsonl")})
    read = {name: status(hub, name)["records"] for name in taps}
    for tap in (full, incremental, taps["tap-rest-api-msdk"]):
        given = state(hub, tap.name)
        run(hub, tap.name)
        assert tap.runs[-1]["state"] == given
    assert status(hub, full.name)["records"] == read[full.name] + 1
    deleted = [event for event in hub.events("crm.contact:2") if event.get("name") == "Contact Deleted"]
    assert len(deleted) == 1

"""Singer taps that misbehave: what they say is read as far as it makes sense, and nobody else notices."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from support.hub import alive, peak_memory
from support.waiting import eventually
from support_connector import Connector, identifiers
from support_singer import Tap, configuration, install_once

SCHEMA = {"schema": ["id"]}
#: A stream that is read whole, whose deletions matter.
FOLLOWED = {"people": {"events": Tap.EVENTS, "replication": "FULL_TABLE",
                       "deleted": 'track("Gone"; {"tap.id": .id}; {})'}}


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    return install_once(tmp_path_factory.mktemp("installation"))


class Taps:
    """A connector whose sources are taps that do what the test says."""

    def __init__(self, folder: Path, first: Path):
        self.folder, self.first = folder, first
        self.taps: list[Tap] = []
        self.connector = Connector(folder / "data")

    def add(self, name: str, *steps: dict, **settings) -> Tap:
        tap = Tap(self.folder, name, **settings).plays(*steps).installed(self.first, self.connector.data)
        self.taps.append(tap)
        return tap

    def start(self, environment: dict[str, str] | None = None) -> Connector:
        self.connector.configure(configuration(*self.taps))
        return self.connector.start(environment)

    def state(self, tap: Tap):
        return self.connector.admin("GET", f"/v1/sources/{tap.name}/state").json()["state"]

    def status(self, tap: Tap) -> dict:
        return self.connector.status("sources", tap.name)

    def await_success(self, tap: Tap, within: float = 120, before: str | None = None):
        """Waits until a run has come to its end; another one than that which ended before."""
        eventually(lambda: self.connector.has_succeeded(tap.name, before), within,
                   lambda: f"a run of {tap.name}: {self.status(tap)}\n{self.connector.log()}")

    def await_failure(self, tap: Tap, within: float = 120) -> str:
        eventually(lambda: self.status(tap)["state"] == "failing", within,
                   lambda: f"a failure of {tap.name}: {self.status(tap)}\n{self.connector.log()}")
        return self.status(tap)["error"]

    def kinds(self, tap: Tap) -> list[str]:
        """What kinds of failures a check of it finds."""
        answer = self.connector.admin("POST", f"/v1/sources/{tap.name}/check").json()
        return [check["kind"] for check in answer["checks"] if check["status"] != "ok"]

    def events(self, tap: Tap) -> list[dict]:
        return [event for event in self.connector.events if event["source"] == tap.name]

    def letters(self, tap: Tap) -> list[dict]:
        return [letter for letter in self.connector.dead_letters if letter["origin"] == tap.name]


@pytest.fixture
def taps(tmp_path, first):
    running = Taps(tmp_path, first)
    yield running
    running.connector.stop()


def gone(events: list[dict]) -> list[str]:
    return [identifiers(event)[0] for event in events if event.get("name") == "Gone"]


# Lines that make no sense.


def test_puts_what_makes_no_sense_to_the_dead_letters_and_goes_on(taps):
    tap = taps.add(
        "garbage", SCHEMA, {"say": "Hello, I am a tap."}, {"records": {"from": 0, "to": 3}}, {"say": "\u0000\u0001\ufffd"},
        {"say": '{"type": "RECORD", "stream": "people", "record": {"id": NaN}}'},
        {"say": '{"type": "RECORD", "stream": "people", "record": {"id": 8, "email": "a\\u0000b@x.test"}}'},
        {"say": '{"type": "RECORD", "stream": "people"}'}, {"say": "[]"}, {"say": "   "}, {"say": '{"type": "NEWS"}'},
        {"say": '{"type": "record", "stream": "people", "record": {"id": 4, "email": "p4@x.test"}}\r'},
        {"say": '{"type": "RECORD", "stream": "strangers", "record": {"id": 5}}'},
        {"state": {"at": 1}}, {"raw": '{"type": "RECORD", "stream": "peo'})
    taps.start()
    taps.await_success(tap)
    assert [identifiers(event)[0] for event in taps.events(tap)] == [f"email:p{n}@x.test" for n in (0, 1, 2, 4)]
    assert Counter(letter["code"] for letter in taps.letters(tap)) == {"invalid_json": 5, "invalid_message": 2}
    assert taps.state(tap) == {"at": 1}
    assert taps.status(tap)["rejected"] == 7


def test_goes_on_behind_a_record_that_cannot_be_mapped(taps):
    tap = taps.add("unmapped", SCHEMA, {"records": {"from": 0, "to": 3}}, {"state": {"at": 3}},
                   streams={"people": 'if .id == 1 then error("no") else ' + Tap.EVENTS + " end"})
    taps.start()
    taps.await_success(tap)
    assert len(taps.events(tap)) == 2 and taps.state(tap) == {"at": 3}
    [letter] = taps.letters(tap)
    assert letter["code"] == "mapping_failed" and json.loads(letter["payload"])["id"] == 1


def test_does_not_take_a_record_for_gone_that_it_could_not_read(taps):
    tap = taps.add("unreadable", SCHEMA, {"records": {"from": 0, "to": 3}}, {"state": {"run": 1}}, streams=FOLLOWED)
    connector = taps.start()
    taps.await_success(tap)
    tap.plays(SCHEMA, {"records": {"from": 0, "to": 2}},
              {"say": '{"type": "RECORD", "stream": "people", "record": {"id": 2, "email": NaN}}'})
    connector.read_source(tap.name)
    assert gone(taps.events(tap)) == []
    tap.plays(SCHEMA, {"records": {"from": 0, "to": 2}})
    connector.read_source(tap.name)
    connector.read_source(tap.name)
    assert gone(taps.events(tap)) == ["tap.id:2"]


def test_takes_nothing_for_gone_in_a_run_that_failed_or_found_nothing(taps):
    tap = taps.add("emptied", SCHEMA, {"records": {"from": 0, "to": 3}}, streams=FOLLOWED)
    connector = taps.start()
    taps.await_success(tap)
    tap.plays(SCHEMA)
    connector.read_source(tap.name)
    tap.plays(SCHEMA, {"records": {"from": 0, "to": 1}}, {"exit": 1})
    connector.admin("POST", f"/v1/sources/{tap.name}/run")
    taps.await_failure(tap)
    assert gone(taps.events(tap)) == []


def test_shows_what_it_would_send_also_of_records_that_it_knows(taps):
    tap = taps.add("shown", SCHEMA, {"records": {"from": 0, "to": 3}}, streams=FOLLOWED)
    connector = taps.start()
    taps.await_success(tap)
    shown = connector.admin("POST", f"/v1/sources/{tap.name}/preview").json()
    assert ([event["type"] for event in shown["events"]], shown["rejected"]) == (["identify"] * 3, [])
    connector.read_source(tap.name)
    assert len(taps.events(tap)) == 3


# Lines and records of a size that nobody expects.


def test_names_a_line_that_is_too_long(taps):
    tap = taps.add("endless", SCHEMA, {"records": {"from": 0, "to": 2}}, {"huge": 65 << 20})
    taps.start()
    error = taps.await_failure(tap)
    assert "64 MiB" in error and '{"type": "RECORD", "padding": "xxx' in error


def test_takes_large_records_and_rejects_those_that_are_too_large_for_an_event(taps):
    tap = taps.add("large", SCHEMA, {"records": {"from": 0, "to": 2, "padding": 3 << 20}},
                   {"records": {"from": 2, "to": 3, "padding": 5 << 20}},
                   {"records": {"from": 3, "to": 4}}, {"state": {"at": 4}},
                   streams={"people": "identify({email}; {id, padding})"})
    taps.start()
    taps.await_success(tap)
    assert [event["event"]["traits"]["id"] for event in taps.events(tap)] == [0, 1, 3]
    assert taps.state(tap) == {"at": 4}
    [letter] = taps.letters(tap)
    assert letter["code"] == "event_too_large"


# Runs without an end, and ends without a reason.


def test_ends_a_tap_that_says_nothing_while_others_go_on(taps):
    silent = taps.add("silent", SCHEMA, {"records": {"from": 0, "to": 2}}, {"sleep": 600}, patience="5s")
    mute = taps.add("mute", SCHEMA, {"mute": 0}, {"sleep": 600}, patience="5s")
    other = taps.add("other", SCHEMA, {"records": {"from": 10, "to": 12}})
    taps.start()
    taps.await_success(other)
    for tap in (silent, mute):
        assert "said nothing" in taps.await_failure(tap)
        # On a machine that stands still the first runs may end before they have begun; the last one may be the next try.
        first = eventually(lambda: tap.runs, 120, taps.connector.log)[0]["pid"]
        eventually(lambda: not alive(first), 120, lambda: f"the end of tap {first}")


@pytest.mark.parametrize("last, kind", [
    ("requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://x.test/contacts", "configuration"),
    ("singer_sdk.exceptions.RetriableAPIError: 429 Client Error: Too Many Requests for path: /contacts", "rateLimit"),
    ("requests.exceptions.ConnectionError: HTTPConnectionPool(host='127.0.0.1', port=34291): Max retries exceeded with url:"
     " /contacts/40399 (Caused by NewConnectionError('Failed to establish a new connection: Connection refused'))", "transient"),
    ("ValueError: something else", "system"),
])
def test_tells_from_the_last_lines_why_a_tap_failed(taps, last, kind):
    traceback = ("INFO Reading config from /run/config.json\n"
                 'INFO METRIC: {"type": "timer", "tags": {"http_status_code": 429}}\n'
                 "Traceback (most recent call last):\n"
                 '  File "/lib/config.py", line 403, in validation\n'
                 f"    raise_if_unauthorized()\n{last}\n")
    tap = taps.add("failing", SCHEMA, {"complain": traceback}, {"exit": 1})
    taps.start()
    assert taps.await_failure(tap) == f"The tap ended with exit code 1: {last}"
    assert taps.kinds(tap) == [kind]


def test_shows_nothing_of_its_configuration_where_it_says_why_a_tap_failed(taps):
    line = "HTTPError: 401 Client Error: Unauthorized for url: https://x.test/people?token=s3cr%2Bt-t0ken&page=2"
    tap = taps.add("failing", SCHEMA, {"complain": f"{line}\n"}, {"exit": 1}, config={"token": "s3cr+t-t0ken", "page": "2"})
    taps.start()
    assert taps.await_failure(tap) == f"The tap ended with exit code 1: {line.replace('s3cr%2Bt-t0ken', '***')}"


def test_says_what_to_do_about_a_tap_that_says_nothing_or_sends_files(taps):
    nothing = taps.add("nothing", {"state": {}})
    files = taps.add("files", SCHEMA, {"say": '{"type": "BATCH", "stream": "people", "manifest": []}'}, {"sleep": 600})
    taps.start()
    assert "catalogOption: --properties" in taps.await_failure(nothing)
    assert "batch_config" in taps.await_failure(files)
    assert not alive(files.runs[0]["pid"])


def test_everything_stops_although_a_tap_ignores_that(hub, first, tmp_path):
    tap = Tap(tmp_path, "stubborn").plays({"ignoreTermination": 0}, SCHEMA, {"sleep": 600}).installed(first, tmp_path / "data")
    running = hub(configuration(tap))
    eventually(lambda: tap.runs, 60, running.printed)
    assert running.stop() == 0
    assert not alive(tap.runs[-1]["pid"])


# Sudden ends of the connector.


def test_loses_and_doubles_nothing_of_a_long_run_when_killed_again_and_again(taps):
    count = 60_000
    tap = taps.add("killed", SCHEMA, {"records": {"from": 0, "to": count}}, {"state": {"done": True}})
    connector = taps.start()
    for kill in range(1, 5):
        eventually(lambda: len(connector.events) >= kill * 4000, 120, connector.log)
        connector.kill()
        orphan = tap.runs[-1]["pid"]
        connector.start()
        eventually(lambda: not alive(orphan), 60, f"the end of tap {orphan}")
    taps.await_success(tap, 300)
    assert Counter(identifiers(event)[0] for event in connector.events) == {f"email:p{n}@x.test": 1 for n in range(count)}
    assert taps.state(tap) == {"done": True}


def test_needs_little_memory_for_a_long_run_with_a_state_at_its_end_only(taps):
    count = 200_000
    # Only each tenth is of a stream that is read, for the test's own time.
    tap = taps.add("long", SCHEMA, {"records": {"from": 0, "to": count, "time": True, "strangers": True}},
                   {"state": {"done": True}}, streams={"people": {"events": Tap.EVENTS, "replicationKey": "updated_at"}})
    connector = taps.start()
    taps.await_success(tap, 300)
    assert taps.status(tap)["records"] == count // 10 and taps.state(tap) == {"done": True}
    assert peak_memory(connector.process.pid) < 150


def test_ends_what_a_killed_connector_left_behind(taps):
    tap = taps.add("orphan", {"ignoreTermination": 0}, SCHEMA, {"rotate": {"token": "second"}}, {"complain": "ready"},
                   {"sleep": 600}, config={"token": "first"})
    connector = taps.start()
    configured = connector.data / "taps" / tap.name / "run" / "config.json"
    eventually(lambda: configured.exists() and "second" in configured.read_text(), 60, connector.log)
    connector.kill()
    orphan = tap.runs[-1]["pid"]
    assert alive(orphan)
    tap.plays(SCHEMA)
    connector.start()
    taps.await_success(tap)
    assert not alive(orphan)
    # It was rotated in a run of which nothing else is left, and the first one is worth nothing any more.
    assert tap.runs[-1]["config"]["token"] == "second"


# What a tap is given.


def test_gives_a_rotated_token_to_the_next_run_until_the_configuration_changes(taps):
    tap = taps.add("rotating", SCHEMA, {"rotate": {"token": "second"}}, {"exit": 1}, config={"token": "first"})
    connector = taps.start()
    taps.await_failure(tap)
    tap.plays(SCHEMA)
    connector.read_source(tap.name)
    connector.read_source(tap.name)
    assert [run["config"]["token"] for run in tap.runs[:1] + tap.runs[-2:]] == ["first", "second", "second"]
    before = taps.status(tap)["lastSuccess"]
    connector.stop()
    tap.settings["config"]["token"] = "third"
    taps.start()
    taps.await_success(tap, before=before)
    assert tap.runs[-1]["config"]["token"] == "third"
    assert not (connector.data / "taps" / tap.name / "run").exists(), "secrets lie there during a run only"


@pytest.mark.parametrize("cut", ["stop", "pause"])
def test_keeps_a_token_that_was_rotated_in_a_run_that_is_cut_short(taps, cut):
    tap = taps.add("short", SCHEMA, {"rotate": {"token": "second"}}, {"complain": "ready"}, {"sleep": 600},
                   config={"token": "first"})
    connector = taps.start()
    folder = connector.data / "taps" / tap.name / "run"
    configured = folder / "config.json"
    eventually(lambda: configured.exists() and "second" in configured.read_text(), 60, connector.log)
    if cut == "stop":
        connector.stop()
        tap.plays(SCHEMA)
        connector.start()
    else:
        connector.admin("POST", f"/v1/sources/{tap.name}/pause")
        eventually(lambda: not folder.exists(), 60, connector.log)
        tap.plays(SCHEMA)
        connector.admin("POST", f"/v1/sources/{tap.name}/resume")
    taps.await_success(tap)
    assert tap.runs[-1]["config"]["token"] == "second"


def test_keeps_its_state_when_a_run_begins_with_an_empty_one(taps):
    tap = taps.add("stateful", {"state": {}}, SCHEMA, {"state": {"bookmarks": {"people": {"at": 9007199254740993}}}})
    connector = taps.start()
    taps.await_success(tap)
    tap.plays({"state": {}}, SCHEMA)
    connector.read_source(tap.name)
    assert taps.state(tap) == {"bookmarks": {"people": {"at": 9007199254740993}}}
    connector.read_source(tap.name)
    assert [run["state"] for run in tap.runs] == [None, *[taps.state(tap)] * 2]


def test_keeps_two_sources_of_one_tap_apart(taps):
    one = taps.add("one", SCHEMA, {"rotate": {"token": "1"}}, {"records": {"from": 0, "to": 3}}, {"state": {"at": 1}},
                   streams=FOLLOWED, config={"token": "0"})
    two = taps.add("two", SCHEMA, {"rotate": {"token": "2"}}, {"records": {"from": 2, "to": 5}}, {"state": {"at": 2}},
                   streams=FOLLOWED, config={"token": "0"})
    connector = taps.start()
    for _ in range(2):
        for tap in (one, two):
            taps.await_success(tap)
            connector.read_source(tap.name)
    assert [len(taps.events(tap)) for tap in (one, two)] == [3, 3]
    assert [taps.state(tap) for tap in (one, two)] == [{"at": 1}, {"at": 2}]
    assert [tap.runs[-1]["config"]["token"] for tap in (one, two)] == ["1", "2"]


def test_shows_a_tap_no_secret_of_another_connector(taps):
    tap = taps.add("curious", SCHEMA, {"environment": 0}, environment={"MINE": "yes"},
                   streams={"people": "identify({email}; {environment})"})
    taps.start({"CRM_PASSWORD": "a secret", "KITH_ADMIN_KEY": "another", "TZ": "UTC"})
    taps.await_success(tap)
    [event] = taps.events(tap)
    seen = event["event"]["traits"]["environment"]
    assert seen["MINE"] == "yes" and seen["TZ"] == "UTC"
    assert "CRM_PASSWORD" not in seen and "KITH_ADMIN_KEY" not in seen


def test_runs_a_tap_from_a_data_directory_with_a_relative_path(taps, monkeypatch):
    tap = taps.add("relative", SCHEMA, {"records": {"from": 0, "to": 1}})
    monkeypatch.chdir(taps.folder)
    taps.connector.data = Path("data")
    taps.start()
    taps.await_success(tap)
    assert len(taps.events(tap)) == 1
    assert os.path.isabs(tap.runs[-1]["config"]["script"])

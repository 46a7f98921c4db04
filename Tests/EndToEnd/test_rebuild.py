"""Making all profiles anew from the log, under other rules, while everything goes on and whatever dies."""

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support import Hub, Web, eventually
from support.hub import PROGRAMS
from support.web import bearer
from support_engines import profile_stores

#: A person may have several cards.
LENIENT = """\
namespaces:
  loyalty.card: {priority: 35, limit: 25}
"""

#: A person has one card: two of them with one mail address are two people.
STRICT = """\
namespaces:
  loyalty.card: {priority: 35, limit: 1}
traits:
  plan: {keep: first}
"""


@pytest.fixture
def hub(hub: Callable[..., Hub], tmp_path: Path) -> Callable[..., Hub]:
    """An instance whose rules are lenient at first, unless they are given."""
    def start(name: str = "data", **arguments) -> Hub:
        rules = tmp_path / name / "identity.yaml"
        rules.parent.mkdir(exist_ok=True)
        if not rules.exists():
            rules.write_text(LENIENT)
        return hub(name=name, **arguments)

    return start


def person(number: int, time: int = 0, device: str = "d") -> dict[str, Any]:
    """Somebody shows a card on a device and gives a mail address; a second device comes with a second card."""
    card = {"id": f"card-{device}-{number}", "type": "loyalty.card", "collection": "users", "encoding": "none"}
    return {"type": "identify", "anonymousId": f"{device}-{number}", "messageId": f"{device}-{number}-{time}",
            "timestamp": f"2026-01-01T00:{time:02}:00Z", "context": {"externalIds": [card]},
            "traits": {"email": f"p{number}@shop.example", "plan": f"plan {time}"}}


def families(hub: Hub, count: int):
    """People of whom every third has two cards, and every fifth has changed his plan."""
    hub.send(person(number) for number in range(count))
    hub.send(person(number, 1, "e") for number in range(0, count, 3))
    hub.send(person(number, 2) for number in range(0, count, 5))
    hub.settled()


def rebuilt(hub: Hub, *arguments: str) -> dict[str, Any]:
    return json.loads(hub.kith("rebuild", "--json", *arguments).stdout)


def changes(hub: Hub) -> list[dict[str, Any]]:
    found, offset = [], 0
    while True:
        page = hub.admin("GET", f"/v1/topics/changes/records?partition=profile&limit=1000&from={offset}").json()
        found += [record["value"] for record in page["records"]]
        offset = page["next"]
        if not page["records"]:
            return found


def looks(hub: Hub) -> dict[str, Any]:
    """What others can see of every profile, by its id."""
    return {profile["id"]: {name: profile[name] for name in ("revision", "traits", "formerIds", "eventCount")}
            | {"identifiers": sorted(f"{one['namespace']}:{one['value']}" for one in profile["identifiers"])}
            for profile in hub.export()}


@contextmanager
def asked_again_and_again(hub: Hub, path: str) -> Iterator[list[int]]:
    """Asks all the time, and collects the statuses that are no 200."""
    over, failures = threading.Event(), []

    def ask():
        with Web(hub.profile) as web:
            while not over.is_set():
                answer = web.call("GET", path, headers=bearer(hub.read_key))
                if answer.status != 200:
                    failures.append(answer.status)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield failures
    finally:
        over.set()
        thread.join()


@contextmanager
def in_the_background(work: Callable[[threading.Event], None]) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=work, args=[over])
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# The rules.

def test_wrong_rules_end_the_process_with_their_place(tmp_path: Path):
    (tmp_path / "identity.yaml").write_text("country: KR\nnamespaces:\n  email: {prority: 3}\n")
    run = subprocess.run([PROGRAMS / "profile", "--data", tmp_path, "--port", "0"], capture_output=True, text=True)
    assert run.returncode == 78, run
    [line] = [json.loads(line) for line in run.stderr.splitlines() if '"error"' in line]
    assert line["error"].startswith(f"{tmp_path}/identity.yaml, line 3, namespace “email”: ")
    assert "“priority”" in line["error"]
    run = subprocess.run([PROGRAMS / "kith", "up", "--data", tmp_path, "--port", "0"], capture_output=True, text=True)
    assert run.returncode == 1 and "line 3" in run.stderr, run


def test_a_file_that_is_named_must_be_there(tmp_path: Path):
    run = subprocess.run([PROGRAMS / "profile", "--data", tmp_path, "--port", "0", "--identity", tmp_path / "no.yaml"],
                         capture_output=True, text=True)
    assert run.returncode == 78 and "no.yaml: The file cannot be read" in run.stderr, run


def test_a_new_store_takes_the_rules_of_the_file_that_is_named(hub: Callable[..., Hub], tmp_path: Path):
    (tmp_path / "strict.yaml").write_text(STRICT)
    running = hub(options=["--identity", tmp_path / "strict.yaml"])
    families(running, 3)
    assert running.status()["identity"] == {"file": f"{tmp_path}/strict.yaml", "state": "upToDate"}
    first, second = (running.one_profile(f"loyalty.card:card-{device}-0") for device in "de")
    assert first and second and first["id"] != second["id"]


def test_other_rules_change_nothing_before_a_rebuild_and_only_what_they_must_by_it(hub: Callable[..., Hub]):
    running = hub()
    families(running, 30)
    before, told = looks(running), len(changes(running))
    running.stop()
    (running.data / "identity.yaml").write_text(STRICT)
    running.start()

    # The store goes on with the rules it was made by, and says so.
    assert running.status()["identity"]["state"] == "fileDiffers"
    assert "kith rebuild" in running.shown_status()
    assert "goes on with the rules" in running.log_of("profile")
    assert looks(running) == before

    report = rebuilt(running, "--dry-run")["report"]
    counts = {name: report[name] for name in ("before", "after", "merged", "split", "created", "removed")}
    assert counts == {"before": 30, "after": 40, "merged": 0, "split": 10, "created": 0, "removed": 0}
    # Of those with another plan, 0 and 15 have two cards as well.
    assert report["unchanged"] == 30 - 10 - 4
    assert report["traitsChanged"] == 4
    assert len(report["examples"]["split"]) == 10
    split = report["examples"]["split"][0]
    assert len(split["before"]) == 1 and len(split["after"]) == 2
    assert looks(running) == before and len(changes(running)) == told
    assert profile_stores(running.data) == ["profile"]

    with asked_again_and_again(running, "/v1/profiles/anonymous:d-1") as failures:
        assert rebuilt(running)["report"] == report
        eventually(lambda: profile_stores(running.data) == ["profile-2"])
    assert failures == []
    assert running.status()["identity"]["state"] == "upToDate"
    after, news = looks(running), changes(running)[told:]
    assert all(change["historical"] and change["events"] == [] for change in news)
    same = {id for id, profile in after.items() if before.get(id) == profile}
    assert len(same) == report["unchanged"]
    told_ids = Counter(change["profileId"] for change in news)
    assert set(told_ids) & set(after) == set(after) - same and set(told_ids.values()) == {1}
    for change in news:
        if change["profileId"] in after:
            assert change["revision"] == after[change["profileId"]]["revision"]
    # Every id that was handed out leads to somebody who has it.
    for id, profile in before.items():
        found = running.one_profile(id)
        assert found and {f"{one['namespace']}:{one['value']}" for one in found["identifiers"]} & set(profile["identifiers"])
    assert [entry["action"] for entry in running.admin("GET", "/v1/audit?action=rebuild.start").json()["entries"]] == [
        "rebuild.start"] * 2

    # And back again: who was one is one, by the same id.
    (running.data / "identity.yaml").write_text(LENIENT)
    assert rebuilt(running)["report"]["merged"] == 10
    again = looks(running)
    assert {id: profile["identifiers"] for id, profile in again.items()} == {
        id: profile["identifiers"] for id, profile in before.items()}


def test_other_events_alone_are_told_as_well(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()

    def event(number: int, **more: str) -> dict[str, Any]:
        return {"type": "identify", "anonymousId": "shop-pc", "messageId": f"m-{number}",
                "timestamp": f"2026-01-01T00:00:0{number}Z", **more}

    running.send([event(1, userId="ann"), event(3, userId="bob"), event(5, type="track", event="Signed Out"),
                  event(6, type="page")])
    running.settled()
    before, told = running.one_profile("user:bob"), len(changes(running))
    (tmp_path / "out.yaml").write_text(LENIENT + "signOutEvents: [nothing]\n")
    report = rebuilt(running, "--rules", tmp_path / "out.yaml", "--dry-run")["report"]
    assert (report["before"], report["unchanged"], report["eventsChanged"]) == (2, 1, 1)
    [example] = report["examples"]["eventsChanged"]
    assert [one["eventCount"] for one in example["before"] + example["after"]] == [before["eventCount"], 3]
    assert before["eventCount"] < 3 and example["after"][0]["lastSeen"] == "2026-01-01T00:00:06.000Z"
    shown = running.kith("rebuild", "--watch").stdout
    assert "For example, events changed" in shown and "→ 3, last 2026-01-01 00:00:06" in shown, shown
    assert rebuilt(running, "--rules", tmp_path / "out.yaml")["report"] == report
    after = running.one_profile("user:bob")
    assert (after["eventCount"], after["revision"]) == (3, before["revision"] + 1)
    [news] = [change for change in changes(running)[told:] if change["profileId"] == after["id"]]
    assert (news["kind"], news["revision"], news["historical"]) == ("updated", after["revision"], True)


def test_an_id_leads_on_although_other_rules_write_its_identifier_otherwise(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()
    running.send({"type": "identify", "userId": f"u-{number}", "messageId": f"m-{number}", "timestamp": "2026-01-01T00:00:00Z",
                  "traits": {"email": f"p.{number}@gmail.com"}} for number in range(5))
    running.settled()
    before = {number: running.one_profile(f"user:u-{number}")["id"] for number in range(5)}
    (tmp_path / "folding.yaml").write_text(LENIENT + "foldMailboxes: true\n")
    assert rebuilt(running, "--rules", tmp_path / "folding.yaml")["report"]["renamed"] == 5
    for number, id in before.items():
        found = running.one_profile(id)
        assert found and found["id"] == running.one_profile(f"user:u-{number}")["id"] != id
        assert found["formerIds"] == [id]
        [news] = [change for change in changes(running) if change["profileId"] == found["id"]]
        assert news["formerIds"] == [id] and news["historical"]


# While everything goes on.

def test_goes_on_while_events_and_questions_keep_coming(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()
    families(running, 300)
    sent = []

    def send(over: threading.Event):
        while not over.is_set():
            batch = [{"type": "track", "event": "Seen", "anonymousId": f"d-{number % 300}",
                      "messageId": f"seen-{number}"} for number in range(len(sent), len(sent) + 50)]
            running.send(batch)
            sent.extend(batch)

    (tmp_path / "strict.yaml").write_text(STRICT)
    with in_the_background(send), asked_again_and_again(running, "/v1/profiles/anonymous:d-1") as failures:
        eventually(lambda: len(sent) > 300)
        for rules in (["--rules", tmp_path / "strict.yaml"], []):
            at = len(sent)
            assert rebuilt(running, *rules)["state"] == "done"
            eventually(lambda: len(sent) > at + 200)
    running.settled()
    assert failures == []
    expected = Counter(event["anonymousId"] for event in sent)
    seen = Counter(event["messageId"] for change in changes(running) for event in change["events"])
    assert {id for id in seen if id.startswith("seen-")} == {event["messageId"] for event in sent}
    assert set(seen.values()) == {1}
    for number in (0, 1, 299):
        events = list(running.events(f"anonymous:d-{number}", name="Seen", limit=200))
        assert len(events) == expected[f"d-{number}"]


def test_a_stream_goes_on_over_a_rebuild(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()
    families(running, 5)
    (tmp_path / "strict.yaml").write_text(STRICT)
    lines: list[str] = []

    def follow(over: threading.Event):
        with Web(running.profile, timeout=900) as web:
            web.connection.request("GET", "/v1/profiles/stream?identifier=anonymous:d-0", headers=bearer(running.read_key))
            answer = web.connection.getresponse()
            while not over.is_set():
                lines.append(answer.readline().decode())

    def told(what: str) -> bool:
        return any(line.startswith("data:") and what in line for line in lines)

    with in_the_background(follow):
        eventually(lambda: lines)
        rebuilt(running, "--rules", tmp_path / "strict.yaml")
        eventually(lambda: told('"historical":true'), what=lambda: f"news of the rebuild among {lines}")
        running.send([person(0, 9)])
        eventually(lambda: told('"events":1'), what=lambda: f"news of the event among {lines}")
        running.send([person(0, 10)])
    assert not any("error" in line for line in lines)


# What dies, and what is ended.

def is_running(hub: Hub) -> bool:
    return hub.get("/v1/rebuild").json()["state"] == "running"


def test_survives_being_killed_again_and_again(hub: Callable[..., Hub]):
    running = hub()
    count = 12_000
    running.send(({"type": "track", "event": "Seen", "userId": f"u-{number % 900}", "messageId": f"m-{number}",
                   "context": {"traits": {"email": f"m{number % 700}@shop.example"}}} for number in range(count)), size=500)
    running.settled(within=240)
    before, told = looks(running), changes(running)
    command = [str(PROGRAMS / "kith"), "rebuild", "--json", "--data", str(running.data)]
    kills = rebuilds = 0
    # One that is done before anybody comes to kill it is followed by another.
    while kills == 0 and rebuilds < 5:
        watcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        rebuilds += 1
        eventually(lambda: is_running(running) or watcher.poll() is not None)
        for pause in (0.0, 0.2, 1.0, 2.0):
            time.sleep(pause)
            if not is_running(running):
                break
            running.kill_and_await("profile", within=120)
            kills += 1
        output, errors = watcher.communicate(timeout=900)
        assert watcher.returncode == 0, errors
        report = json.loads(output)["report"]
        assert report["unchanged"] == report["before"] == report["after"] == len(before), report
    assert kills > 0
    eventually(lambda: len(stores := profile_stores(running.data)) == 1 and stores != ["profile"])
    assert looks(running) == before
    assert changes(running) == told


def is_ended_by_request(hub: Hub) -> bool:
    """Begins a rebuild and ends it; of no use where it was done before that was asked."""
    eventually(lambda: len(profile_stores(hub.data)) == 1)
    stores = profile_stores(hub.data)
    assert hub.admin("POST", "/v1/rebuild", {}).status == 202
    again, ended = hub.admin("POST", "/v1/rebuild", {}).status, hub.admin("DELETE", "/v1/rebuild").status
    state = eventually(lambda: (found := hub.get("/v1/rebuild").json()["state"]) in ("done", "aborted") and found, 120)
    if (again, ended) != (409, 202):
        assert again in (202, 409) and ended in (202, 404)
        return False
    assert state == "aborted"
    assert profile_stores(hub.data) == stores
    return True


def test_is_ended_by_request_and_goes_on_after_a_stop(hub: Callable[..., Hub]):
    running = hub()
    running.send(({"type": "track", "event": "Seen", "userId": f"u-{number % 50}", "messageId": f"m-{number}"}
                  for number in range(10_000)), size=500)
    running.settled(within=120)
    assert running.admin("DELETE", "/v1/rebuild").status == 404
    assert running.kith("rebuild", "--abort", check=False).returncode == 3
    assert any(is_ended_by_request(running) for _ in range(5))

    # A stop is no end of it: the next start goes on.
    assert running.admin("POST", "/v1/rebuild", {}).status == 202
    running.stop()
    running.start()
    eventually(lambda: running.get("/v1/rebuild").json()["state"] == "done", 180)
    assert running.one_profile("user:u-7")["eventCount"] == 200


def test_wrong_rules_are_refused_with_their_place(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()
    (tmp_path / "wrong.yaml").write_text("namespaces:\n  email: {limit: 0}\n")
    run = running.kith("rebuild", "--rules", tmp_path / "wrong.yaml", "--dry-run", check=False)
    assert run.returncode == 1
    assert f"{tmp_path}/wrong.yaml, line 2, namespace “email”: " in run.stderr
    assert running.get("/v1/rebuild").json() == {"state": "none"}

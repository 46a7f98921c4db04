"""What people decide of who is who: previewed, applied, explained, undone, and still there after a rebuild."""

import json
import os
import pwd
import subprocess
from typing import Any

import pytest

from support import Hub

OK, FAILURE, USAGE, NOT_FOUND = range(4)


def people(hub: Hub, *names: str):
    hub.send([{"type": "identify", "userId": name, "messageId": f"{name}-1",
               "traits": {"email": f"{name}@decided.example", "plan": "free"}} for name in names])
    hub.settled()


def members(hub: Hub, identifier: str) -> set[str]:
    profile = hub.one_profile(identifier)
    return {f"{one['namespace']}:{one['value']}" for one in profile["identifiers"]}


def decide(hub: Hub, path: str, left: str, right: str, **more: Any) -> dict[str, Any]:
    answer = hub.admin("POST", f"/v1/identity/{path}", {"left": left, "right": right, "reason": "They called.", **more})
    assert answer.status == 201, answer
    assert answer.json()["applied"]
    return answer.json()


def test_two_are_one_until_it_is_undone(kith: Hub):
    people(kith, "d-ann", "d-bob")
    before = kith.one_profile("user:d-ann"), kith.one_profile("user:d-bob")
    preview = kith.admin("POST", "/v1/identity/preview", {"verdict": "together", "left": "user:d-ann", "right": "user:d-bob"})
    assert {one["id"] for one in preview.json()["before"]} == {one["id"] for one in before}
    assert [one["identifierCount"] for one in preview.json()["after"]] == [4]
    assert members(kith, "user:d-ann") == {"user:d-ann", "email:d-ann@decided.example"}

    decision = decide(kith, "links", "user:d-ann", "user:d-bob", author="eve")
    assert (decision["right"], decision["author"], decision["after"]) == ("user:d-bob", "eve", preview.json()["after"])
    both = kith.one_profile("user:d-bob")
    assert both["id"] in {one["id"] for one in before} and both["eventCount"] == 2
    chain = kith.get("/v1/profiles/user:d-ann/explain", to="user:d-bob").json()["chain"]
    assert [(link["kind"], link["decision"], link["reason"]) for link in chain] == [("decided", decision["id"], "They called.")]
    entries = kith.get("/v1/profiles/user:d-ann/history").json()["entries"]
    made = {"decision": decision["id"], "author": "eve", "reason": "They called.", "time": decision["time"]}
    assert entries[0]["cause"] == made and entries[0]["kind"] == "merged"
    listed = kith.get("/v1/identity/decisions", identifier="user:d-bob").json()["decisions"]
    assert [one["id"] for one in listed] == [decision["id"]]

    withdrawn = kith.admin("DELETE", f"/v1/identity/decisions/{decision['id']}?reason=wrong&author=mallory")
    assert withdrawn.json()["applied"] and withdrawn.json()["before"] == decision["after"]
    for profile in before:
        now = kith.one_profile(profile["id"])
        assert {name: now[name] for name in ("id", "identifiers", "traits", "eventCount")} == {
            name: profile[name] for name in ("id", "identifiers", "traits", "eventCount")}
    assert kith.admin("DELETE", f"/v1/identity/decisions/{decision['id']}?reason=wrong").status == 404
    assert kith.get("/v1/identity/decisions", identifier="user:d-bob").json()["decisions"] == []

    # Who decided it stays to be read, and who took it back.
    [listed] = kith.get("/v1/identity/decisions", identifier="user:d-bob", withdrawn="true").json()["decisions"]
    end = listed["withdrawn"]
    assert (listed["id"], listed["author"], end["author"], end["reason"]) == (decision["id"], "eve", "mallory", "wrong")
    undone, merged = kith.get("/v1/profiles/user:d-ann/history").json()["entries"]
    assert merged["cause"] == made and undone["kind"] == "split"
    assert undone["cause"] == {"decision": decision["id"], "withdrawn": True, **end}
    told = kith.kith("history", "user:d-ann").stdout
    assert "by eve: “They called.”" in told and "taken back by mallory: “wrong”" in told, told
    assert "mallory" in kith.kith("decisions", "user:d-bob", "--withdrawn").stdout
    assert "d-bob" not in kith.kith("decisions", "user:d-ida", "--withdrawn", check=False).stdout


def test_what_becomes_nobodys_is_shown_before_and_with_the_decision(kith: Hub):
    for source, namespace, user in (("d-shop", "shop.customer", "d-c1"), ("d-crm", "crm.contact", "d-k1")):
        kith.send([{"type": "identify", "userId": user, "messageId": f"{user}-1", "traits": {"email": "d-both@decided.example"}}],
                  key=kith.new_write_key(source, namespace))
    kith.settled()
    pair = ("shop.customer:d-c1", "crm.contact:d-k1")
    wish = {"verdict": "apart", "left": pair[0], "right": pair[1]}
    outlook = kith.admin("POST", "/v1/identity/preview", wish).json()
    assert [one["identifierCount"] for one in outlook["before"]] == [3]
    assert sorted((one["identifiers"], one.get("nobody")) for one in outlook["after"]) == [
        (["crm.contact:d-k1"], None), (["email:d-both@decided.example"], "ambiguous"), (["shop.customer:d-c1"], None)]
    shown = kith.kith("split", *pair, "--preview").stdout
    assert "nobody's: those who have it cannot be one person" in shown, shown
    decision = decide(kith, "separations", *pair)
    assert (decision["before"], decision["after"]) == (outlook["before"], outlook["after"])
    withdrawn = kith.admin("DELETE", f"/v1/identity/decisions/{decision['id']}?reason=wrong").json()
    assert (withdrawn["before"], withdrawn["after"]) == (outlook["after"], outlook["before"])


def test_an_id_stands_for_the_strongest_identifier_of_the_profile(kith: Hub):
    people(kith, "d-ida", "d-jim")
    decision = decide(kith, "links", kith.one_profile("user:d-ida")["id"], kith.one_profile("user:d-jim")["id"])
    assert (decision["left"], decision["right"]) == ("user:d-ida", "user:d-jim")
    assert len(members(kith, "user:d-ida")) == 4


def test_what_is_parted_stays_apart_and_says_why(kith: Hub):
    people(kith, "d-cat")
    decision = decide(kith, "separations", "user:d-cat", "email:d-cat@decided.example")
    people(kith, "d-cat")
    assert members(kith, "user:d-cat") == {"user:d-cat"}
    answer = kith.get("/v1/profiles/user:d-cat/explain", to="email:d-cat@decided.example").json()
    assert answer["because"] == "separated" and answer["separation"]["decision"] == decision["id"]


@pytest.mark.parametrize(("body", "status"), [
    ({"left": "user:d-ann", "right": "user:never"}, 404), ({"left": "user:d-ann", "right": "user:null"}, 404),
    ({"left": "user:d-ann", "right": "user:d-ann"}, 409), ({"left": "user:d-ann"}, 400), ({"left": 1, "right": "user:d-bob"}, 400),
    ({"left": "user:d-ann", "right": "user:d-bob", "reason": ""}, 400), ({"left": "user:d-ann", "right": "user:d-bob", "x": 1}, 400)])
def test_a_wrong_wish_is_refused(kith: Hub, body: dict[str, Any], status: int):
    people(kith, "d-ann", "d-bob")
    answer = kith.admin("POST", "/v1/identity/links", {"reason": "so", **body})
    assert answer.status == status and answer.json()["message"]
    assert kith.post("/v1/identity/links", {}).status == 404  # Not at ingest.


def test_only_an_admin_decides_and_all_of_it_is_audited(kith: Hub):
    people(kith, "d-dan", "d-eva")
    assert kith.ask("/v1/identity/links", {"left": "user:d-dan", "right": "user:d-eva", "reason": "so"}).status == 403
    decision = decide(kith, "links", "user:d-dan", "user:d-eva")
    [entry] = [one for one in kith.admin("GET", "/v1/audit?limit=200").json()["entries"] if one["subject"] == decision["id"]]
    assert entry["action"] == "identity.links.create" and entry["status"] == 201


def test_a_correction_outranks_what_events_say(kith: Hub):
    people(kith, "d-fay")
    answer = kith.admin("POST", "/v1/profiles/user:d-fay/corrections", {"trait": "plan", "value": {"a": 2.10}, "reason": "paid"})
    assert answer.status == 201 and answer.json()["applied"]
    kith.send([{"type": "identify", "userId": "d-fay", "messageId": "d-fay-2", "traits": {"plan": "trial"}}])
    kith.settled()
    assert kith.one_profile("user:d-fay")["traits"]["plan"] == {"a": 2.1}
    verbose = kith.get("/v1/profiles/user:d-fay/traits", verbose="true").json()["traits"]["plan"]
    assert verbose["source"] == "correction"
    [listed] = kith.get("/v1/profiles/email:d-fay@decided.example/corrections").json()["corrections"] or [None]
    assert listed["id"] == answer.json()["id"] and listed["reason"] == "paid"
    assert listed in kith.get("/v1/corrections").json()["corrections"]
    assert listed["id"] in kith.kith("decisions").stdout
    said = [json.loads(line) for line in kith.kith("decisions", "--corrections", "--json").stdout.splitlines()]
    assert listed in said and all("trait" in one for one in said)
    assert kith.admin("DELETE", f"/v1/corrections/{listed['id']}?reason=no").json()["applied"]
    assert kith.one_profile("user:d-fay")["traits"]["plan"] == "trial"


def test_somebodys_time_on_a_device_alone_takes_no_correction(kith: Hub):
    for number, name in enumerate(("jan", "kay")):
        kith.send([{"type": "identify", "userId": f"d-{name}", "anonymousId": "d-kiosk", "messageId": f"d-{name}-1",
                    "timestamp": f"2026-01-01T00:0{number}:00Z", "traits": {"plan": name}}])
    kith.settled()
    decision = decide(kith, "separations", "user:d-jan", "anonymous:d-kiosk")
    [time] = [one["id"] for one in decision["after"] if one["identifiers"] == ["anonymous:d-kiosk (user:d-jan)"]]
    device = kith.one_profile("anonymous:d-kiosk")
    answer = kith.admin("POST", f"/v1/profiles/{time}/corrections", {"trait": "plan", "value": "gold", "reason": "paid"})
    assert (answer.status, answer.json()["code"]) == (409, "only_times_on_devices")
    assert kith.one_profile("anonymous:d-kiosk") == device


def test_decisions_survive_a_rebuild_and_a_restart(hub):
    running = hub()
    people(running, "ann", "bob", "cat")
    decide(running, "links", "user:ann", "user:bob")
    decide(running, "separations", "user:cat", "email:cat@decided.example")
    running.admin("POST", "/v1/profiles/user:ann/corrections", {"trait": "plan", "value": "gold", "reason": "so"})
    wrong = decide(running, "links", "user:ann", "user:cat")
    running.admin("DELETE", f"/v1/identity/decisions/{wrong['id']}?reason=wrong&author=mallory")
    said = taken_back(running, "user:ann")
    assert [cause["author"] for cause in said[1]] == ["mallory"]
    before = [running.one_profile(f"user:{name}") for name in ("ann", "bob", "cat")]
    report = json.loads(running.kith("rebuild", "--json").stdout)["report"]
    assert (report["merged"], report["split"], report["unchanged"]) == (0, 0, report["after"])
    running.stop()
    running.start()
    after = [running.one_profile(f"user:{name}") for name in ("ann", "bob", "cat")]
    assert after == before and after[0]["traits"]["plan"] == "gold" and members(running, "user:cat") == {"user:cat"}
    assert taken_back(running, "user:ann") == said


def taken_back(hub: Hub, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The decisions that were taken back, and the causes in a history that are that."""
    decisions = hub.get("/v1/identity/decisions", withdrawn="true").json()["decisions"]
    entries = hub.get(f"/v1/profiles/{name}/history").json()["entries"]
    return decisions, [entry["cause"] for entry in entries if entry.get("cause", {}).get("withdrawn")]


def test_what_the_rules_make_one_is_listed_and_can_be_undone(hub, tmp_path):
    running = hub()
    running.send([{"type": "identify", "anonymousId": f"fold-{number}", "messageId": f"fold-{number}", "traits": {"email": address}}
                  for number, address in enumerate(("a.da@gmail.com", "ada@gmail.com"))])
    running.settled()
    decision = decide(running, "links", "email:a.da@gmail.com", "email:ada@gmail.com")
    (tmp_path / "fold.yaml").write_text("foldMailboxes: true\n")
    running.kith("rebuild", "--rules", tmp_path / "fold.yaml", "--json")
    assert "email:ada@gmail.com" in members(running, "anonymous:fold-0")
    for query in ({}, {"identifier": "email:a.d.a@gmail.com"}):
        [listed] = running.get("/v1/identity/decisions", **query).json()["decisions"]
        assert (listed["id"], listed["inEffect"]) == (decision["id"], False)
    assert "no effect" in running.kith("decisions").stdout
    preview = running.admin("POST", "/v1/identity/preview", {"withdraw": decision["id"]}).json()
    assert preview == {"before": [], "after": []}
    answer = running.admin("DELETE", f"/v1/identity/decisions/{decision['id']}?reason=no").json()
    assert answer["applied"] and answer["withdrawn"]["inEffect"] is False and answer["before"] == answer["after"] == []
    assert running.get("/v1/identity/decisions").json()["decisions"] == []
    assert running.admin("DELETE", f"/v1/identity/decisions/{decision['id']}?reason=no").status == 404


def test_kith_merges_splits_undoes_and_corrects(kith: Hub):
    people(kith, "d-gus", "d-hal")
    preview = kith.kith("merge", "user:d-gus", "user:d-hal", "--preview")
    assert "now" in preview.stdout and "email:d-hal@decided.example" in preview.stdout
    asked = kith.kith("merge", "user:d-gus", "user:d-hal", "--reason", "same", check=False)
    assert asked.returncode == USAGE and "--yes" in asked.stderr and "--preview" in asked.stderr
    assert members(kith, "user:d-gus") == {"user:d-gus", "email:d-gus@decided.example"}
    done = json.loads(kith.kith("merge", "user:d-gus", "user:d-hal", "--reason", "same", "--yes", "--json").stdout)
    assert len(members(kith, "user:d-gus")) == 4
    decided = kith.kith("decisions", "user:d-hal").stdout
    assert done["id"] in decided and decided.split("\n")[0].split()[2:5] == ["left", "right", "author"]
    assert "taken back" in kith.kith("undo", done["id"], "--reason", "not", "--yes").stderr
    assert members(kith, "user:d-gus") == {"user:d-gus", "email:d-gus@decided.example"}
    never = kith.kith("split", "user:d-gus", "user:d-none", "--reason", "so", "--yes", check=False)
    assert never.returncode != 0 and "user:d-none" in never.stderr and "never seen" in never.stderr
    told = kith.kith("split", "user:d-gus", "d-gus@decided.example", "--reason", "his wife's", "--yes").stderr
    assert "“kith undo dec_" in told and "--reason" in told, told
    assert members(kith, "user:d-gus") == {"user:d-gus"}
    corrected = json.loads(kith.kith("correct", "user:d-hal", "plan", "gold", "--reason", "so", "--json").stdout)
    assert kith.one_profile("user:d-hal")["traits"]["plan"] == "gold"
    listed = kith.kith("decisions", "d-hal@decided.example").stdout
    assert corrected["id"] in listed and "gold" in listed
    kith.kith("undo", corrected["id"], "--reason", "no")
    assert corrected["id"] not in kith.kith("decisions", "d-hal@decided.example").stdout
    assert kith.one_profile("user:d-hal")["traits"]["plan"] == "free"
    assert kith.kith("merge", "user:d-hal", "user:nobody", "--reason", "x", "--yes", check=False).returncode == NOT_FOUND
    assert kith.kith("merge", "user:d-hal", "--reason", "x", check=False).returncode == USAGE


def test_whoever_runs_kith_is_the_author_also_where_nothing_names_them(kith: Hub):
    people(kith, "d-ivy")
    bare = {name: value for name, value in os.environ.items() if name != "USER"}
    command = [kith.programs / "kith", "correct", "user:d-ivy", "plan", "gold", "--reason", "so", "--json", "--data", kith.data]
    corrected = json.loads(subprocess.run(command, env=bare, capture_output=True, check=True).stdout)
    assert corrected["author"] == pwd.getpwuid(os.getuid()).pw_name

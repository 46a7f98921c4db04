"""Forgetting a person: from the profiles, from the log to the last byte, and from whatever comes later."""

import itertools
import json
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import Hub, Web, eventually
from support.files import contents
from support.hub import PROGRAMS
from support.member import Member
from support.web import basic
from support_engines import log_folder
from test_webhooks import INSIDE, Endpoint, destination, ok

#: What is only Ada's; no byte of it may be left.
MARK = "zqx-lovelace-marker"
EMAIL = f"{MARK}@private.example"
#: What is only Bob's; no id that was drawn can have it in it.
BOB = "bob-the-other"
OK, FAILURE, USAGE, NOT_FOUND = range(4)

CONFIG = """
sources:
  - {{name: contacts, type: csv, path: contacts.csv, interval: 200ms, mapping: {{userId: id, email: mail, traits: {{name: name}}}}}}
destinations:
{crm}rules:
  - {{name: crm, on: {{event: Ordered}}, to: crm, webhook: {{body: {{who: "{{{{profile.traits.name}}}}"}}}}}}
"""


def ada(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Ordered", "userId": f"{MARK}-42", "anonymousId": f"{MARK}-phone",
            "messageId": f"ada-{number}", "properties": {"note": f"{MARK} {number}"}, **more}


def bob(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Gave", "userId": BOB, "messageId": f"{BOB}-{number}", "properties": {"n": number}, **more}


def everything(data: Path) -> dict[Path, int]:
    """How often the mark stands in each file of the data directory and of the log, in whatever case."""
    counts = {file: content.lower().count(MARK.encode()) for file, content in contents(data, log_folder(data))}
    return {file: count for file, count in counts.items() if count}


def producers(files: Iterable[Path]) -> set[str]:
    """Whose partitions the files are of: segments of the log in files, blocks of streams on NATS."""
    return ({file.parent.name for file in files if file.suffix == ".seg"}
            | {file.parent.parent.name.partition("_BY_")[2] for file in files if file.suffix == ".blk"})


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(lambda number: ok(200)) as endpoint:
        yield endpoint


@pytest.fixture
def running(hub: Callable[..., Hub], endpoint: Endpoint, tmp_path: Path) -> Hub:
    """Ada and Bob, in events, a file of contacts, dead letters, messages that went out, and each other's events."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "contacts.csv").write_text("id,mail,name\n7,carl@shop.example,Carl\n")
    running = hub(CONFIG.format(crm=destination("crm", endpoint.url, INSIDE)))
    running.send([{"type": "identify", "userId": f"{MARK}-42", "messageId": "ada-i",
                   "traits": {"email": EMAIL, "name": f"Ada {MARK}"}}])
    running.send([ada(number) for number in range(20)])
    running.send([bob(0, traits={}), {"type": "identify", "userId": BOB, "messageId": f"{BOB}-i", "traits": {"name": "Bob"}}])
    running.send([bob(1, properties={"to": EMAIL, "n": 2.10, "id": 9007199254740993})])
    # On a tablet where both log in; what happens while she is logged in says nothing of her.
    for place, (user, page) in enumerate([(f"{MARK}-42", "hers"), (BOB, "his")]):
        running.send([
            {"type": "identify", "userId": user, "anonymousId": "tablet", "messageId": f"login-{user}",
             "timestamp": f"2026-01-01T00:0{place}:00Z"},
            {"type": "page", "name": page, "anonymousId": "tablet", "messageId": f"page-{page}",
             "timestamp": f"2026-01-01T00:0{place}:30Z"}])
    # Refused: nobody's dead letters are to keep it.
    running.post("/v1/batch", {"batch": [{"type": MARK, "userId": f"{MARK}-42"}]})
    running.settled()
    # Her 23 events, and one for each of the 20 messages that are sent because of them.
    eventually(lambda: running.one_profile(f"email:{EMAIL}")["eventCount"] == 43, 120, lambda: f"messages: {running.printed()}")
    return running


def erased(hub: Hub, person: str = f"email:{EMAIL}") -> dict[str, Any]:
    answer = hub.admin("DELETE", f"/v1/profiles/{person}?reason=asked&author=eve")
    assert answer.status == 202, answer
    assert answer.json()["events"] == 43

    def done() -> bool:
        return hub.admin("GET", f"/v1/erasures/{answer.json()['id']}").json()["state"] == "done"

    eventually(done, 120, lambda: f"the end of {hub.admin('GET', '/v1/erasures').json()}\n{hub.printed()}")
    return hub.admin("GET", f"/v1/erasures/{answer.json()['id']}").json()


def test_nothing_is_left_of_her_and_nothing_of_his_is_gone(running: Hub):
    before = everything(running.data)
    assert {"ingest", "notifier", "profile"} <= producers(before), before
    his = running.one_profile(f"user:{BOB}")
    receipt = erased(running)
    assert receipt["identifiers"] == 3 and receipt["suppressed"] and receipt["waitingFor"] == []
    by_instance = {one["instance"]: one["records"] for one in receipt["log"]}
    assert by_instance["ingest"]["events"] >= 23 and by_instance["notifier"]["commands"] >= 20
    for name in (f"email:{EMAIL}", f"user:{MARK}-42", f"anonymous:{MARK}-phone"):
        assert running.get(f"/v1/profiles/{name}").status == 404
    assert running.ask("/v1/profiles/search", {"text": MARK}).json()["profiles"] == []
    now = running.one_profile(f"user:{BOB}")
    assert {name: now[name] for name in ("traits", "eventCount")} == {name: his[name] for name in ("traits", "eventCount")}
    # The tablet is his alone now, and founds his profile; the id from before still leads there.
    assert running.one_profile(his["id"])["id"] == now["id"]
    bodies = {one["messageId"]: one["event"] for one in running.get(f"/v1/profiles/user:{BOB}/events").json()["events"]}
    assert bodies[f"{BOB}-1"]["properties"] == {"n": 2.1, "id": 9007199254740993}
    assert bodies["page-his"]["name"] == "his" and "page-hers" not in bodies
    assert running.one_profile("user:7")["traits"]["name"] == "Carl"

    # The control topic forgets who it was as the last of all.
    eventually(lambda: everything(running.data) == {}, 60, lambda: f"{everything(running.data)}")
    running.stop()
    assert everything(running.data) == {}


def test_a_rebuild_does_not_bring_her_back_and_what_comes_is_dropped(running: Hub):
    receipt = erased(running)
    report = json.loads(running.kith("rebuild", "--json").stdout)["report"]
    assert report["unchanged"] == report["after"] == report["before"], report
    running.send([ada(100), bob(100, properties={"to": EMAIL})])
    (running.data / "contacts.csv").write_text(f"id,mail,name\n8,dan@shop.example,Dan\n9,{EMAIL},Nia\n{MARK}-42,x@y.example,x\n")
    eventually(lambda: running.one_profile("user:8") is not None, 60, "the next contact")
    running.settled()
    assert running.get(f"/v1/profiles/email:{EMAIL}").status == 404
    assert running.get(f"/v1/profiles/user:{MARK}-42").status == 404
    assert running.one_profile("user:9")["traits"] == {"name": "Nia"}
    (running.data / "contacts.csv").unlink()
    eventually(lambda: everything(running.data) == {}, 60, lambda: f"{everything(running.data)}")
    running.stop()
    running.start()
    running.send([ada(101)])
    running.settled()
    assert running.get(f"/v1/profiles/user:{MARK}-42").status == 404

    lifted = running.admin("DELETE", f"/v1/erasures/{receipt['id']}?reason=back")
    assert lifted.status == 200 and not lifted.json()["suppressed"]
    assert running.admin("DELETE", f"/v1/erasures/{receipt['id']}?reason=back").status == 409
    numbers = itertools.count(102)

    def came_back() -> dict[str, Any] | None:
        """Every service has to read first that it is lifted, and until then drops what is sent."""
        running.send([ada(next(numbers), event="Came back")])
        running.settled()
        return running.one_profile(f"user:{MARK}-42")

    assert eventually(came_back, 60, running.printed)["eventCount"] == 1


def test_export_has_everything_and_nobody_else(running: Hub):
    answer = running.get(f"/v1/profiles/email:{EMAIL}/export")
    assert answer.status == 200
    export = answer.json()
    assert len(export["events"]) == export["profile"]["eventCount"] == 43
    assert {one["messageId"] for one in export["events"]} >= {"ada-i", "ada-0", "ada-19", "page-hers"}
    assert all(one["event"] for one in export["events"])
    assert export["evidence"] and BOB not in answer.text
    assert [one["value"] for one in export["observations"] if one["trait"] == "name"] == [f"Ada {MARK}"]
    # What was sent to the CRM because of her orders, and what was refused at the door.
    assert len(export["commands"]) == 20 and all(one["payload"]["body"] for one in export["commands"])
    assert any(MARK in one.get("payload", "") for one in export["deadLetters"])
    printed = running.kith("export", EMAIL).stdout
    assert json.loads(printed)["profile"]["id"] == export["profile"]["id"]


def test_export_has_what_was_decided_of_the_person_and_whom_it_is_shared_with(kith: Hub):
    kith.send([{"type": "identify", "userId": f"ex-{name}-person", "messageId": f"ex-{name}", "traits": {
        "email": "ex-fam@erasure.example", "plan": name}} for name in ("ann", "bob")])
    kith.send([{"type": "identify", "userId": "ex-ann-person", "messageId": "ex-ann-2", "traits": {"plan": "gold"}}])
    kith.settled()
    separation = kith.admin("POST", "/v1/identity/separations", {
        "left": "user:ex-ann-person", "right": "user:ex-bob-person", "reason": "Not ex-bob-person, she says.", "author": "eve"}).json()
    answer = kith.get("/v1/profiles/user:ex-ann-person/export")
    export = answer.json()
    assert "ex-bob" not in answer.text
    [decision] = export["decisions"]
    assert (decision["id"], decision["left"], decision["author"]) == (separation["id"], "user:ex-ann-person", "eve")
    assert "right" not in decision and "reason" not in decision
    [evidence] = export["evidence"]
    assert {evidence["from"], evidence["to"]} == {"user:ex-ann-person", "email:ex-fam@erasure.example"}
    assert [one["value"] for one in export["observations"] if one["trait"] == "plan"] == ["gold"]
    assert export["commands"] == export["deadLetters"] == []


def test_what_was_decided_and_taken_back_is_in_the_export_and_goes_with_the_person(hub: Callable[..., Hub]):
    running = hub()
    running.send([{"type": "identify", "userId": f"back-{name}-person", "messageId": f"back-{name}"} for name in ("ann", "bob")])
    running.settled()
    said = {"reason": f"said {MARK}", "author": MARK}
    link = running.admin("POST", "/v1/identity/links", {
        "left": "user:back-ann-person", "right": "user:back-bob-person", **said}).json()
    city = running.admin("POST", "/v1/profiles/user:back-ann-person/corrections", {"trait": "city", "value": MARK, **said}).json()
    for path in (f"identity/decisions/{link['id']}", f"corrections/{city['id']}"):
        assert running.admin("DELETE", f"/v1/{path}?reason={MARK}&author={MARK}").status == 200
    running.settled()
    export = running.get("/v1/profiles/user:back-ann-person/export")
    for kind in ("decisions", "corrections"):
        [one] = export.json()[kind]
        assert (one["reason"], one["author"]) == (said["reason"], MARK)
        assert (one["withdrawn"]["reason"], one["withdrawn"]["author"]) == (MARK, MARK)
    assert "back-bob" not in export.text

    completed(running, running.admin("DELETE", "/v1/profiles/user:back-ann-person?reason=asked"))
    eventually(lambda: everything(running.data) == {}, 60, lambda: f"{everything(running.data)}")
    history = running.get("/v1/profiles/user:back-bob-person/history")
    assert history.json()["entries"] and MARK not in history.text


def test_killed_while_it_erases_it_ends_it_all_the_same(running: Hub):
    answer = running.admin("DELETE", f"/v1/profiles/user:{MARK}-42?reason=asked")
    for service in ("profile", "ingest", "notifier", "connector"):
        running.kill(service)
        time.sleep(0.5)

    eventually(lambda: running.is_ready("profile"), 90, running.printed)

    def done() -> bool:
        return running.admin("GET", f"/v1/erasures/{answer.json()['id']}").json().get("state") == "done"

    eventually(done, 90, lambda: f"{running.admin('GET', '/v1/erasures').json()}\n{running.printed()}")
    eventually(lambda: everything(running.data) == {}, 60, lambda: f"{everything(running.data)}")
    assert running.one_profile(f"user:{BOB}")["traits"] == {"name": "Bob"}


def test_what_is_gone_for_good_holds_up_nothing_once_that_is_said(running: Hub, tmp_path: Path):
    gone = Member(running, "ingest", "ingest-2").start()
    try:
        with Web(gone.url) as web:
            sent = web.call("POST", "/v1/batch", json.dumps({"batch": [ada(200)]}).encode(),
                            {"Content-Type": "application/json", **basic(running.write_key)})
            assert sent.status == 200, sent
    finally:
        gone.end()
    running.settled()
    answer = running.admin("DELETE", f"/v1/profiles/email:{EMAIL}?reason=asked")

    def receipt() -> dict[str, Any]:
        return running.admin("GET", f"/v1/erasures/{answer.json()['id']}").json()

    eventually(lambda: receipt()["waitingFor"] == ["ingest-2"], 120, lambda: f"{receipt()}\n{running.printed()}")
    assert "waiting for    ingest-2" in running.kith("erasures").stdout
    words = tmp_path / "words"
    with words.open("wb") as file:
        waiting = subprocess.Popen([PROGRAMS / "kith", "erase", EMAIL, "--yes", "--reason", "x", "--data", running.data],
                                   stdout=subprocess.DEVNULL, stderr=file)
    eventually(lambda: "Still waiting for ingest-2 …" in words.read_text(), 60, words.read_text)
    assert running.kith("erasures", "retire", "nobody", "--reason", "x", check=False).returncode == NOT_FOUND
    running.kith("erasures", "retire", "ingest-2", "--reason", "Scaled down.")
    eventually(lambda: receipt()["state"] == "done", 120, lambda: f"{receipt()}\n{running.printed()}")
    assert waiting.wait(600) == 0, words.read_text()
    eventually(lambda: everything(running.data) == {}, 60, lambda: f"{everything(running.data)}")


def test_who_is_nobody_or_many_cannot_be_erased(kith: Hub):
    assert kith.admin("DELETE", "/v1/profiles/user:null?reason=x").status == 404
    assert kith.admin("DELETE", "/v1/profiles/user:z").status == 400
    kith.send([{"type": "identify", "userId": f"many-{number}", "traits": {"email": "info@erasure.example"}} for number in range(7)])
    kith.settled()
    refused = kith.admin("DELETE", "/v1/profiles/email:info@erasure.example?reason=x")
    assert refused.status == 409 and "another one" in refused.json()["message"]
    assert kith.get("/v1/erasures", key=kith.read_key).status == 403
    entries = kith.admin("GET", "/v1/audit?limit=200&action=erasures.create").json()["entries"]
    assert entries and not any("erasure.example" in entry["subject"] for entry in entries)


def completed(hub: Hub, answer: Any) -> dict[str, Any]:
    assert answer.status == 202, answer
    path = f"/v1/erasures/{answer.json()['id']}"
    eventually(lambda: hub.admin("GET", path).json()["state"] == "done", 120, lambda: f"the end of {hub.admin('GET', path)}")
    return hub.admin("GET", path).json()


def test_an_address_of_two_accounts_names_them_and_goes_alone(hub: Callable[..., Hub]):
    running, address = hub(), "two@erasure.example"
    running.send([{"type": "identify", "userId": f"two-{name}", "messageId": f"two-{name}",
                   "traits": {"email": address, "plan": name}} for name in "ab"])
    running.send([{"type": "track", "event": "Email Opened", "messageId": "two-open", "context": {
        "externalIds": [{"id": address, "type": "email", "collection": "users", "encoding": "none"}]}}])
    running.settled()
    accounts = [running.one_profile(f"user:two-{name}")["id"] for name in "ab"]
    refused = running.admin("DELETE", f"/v1/profiles/email:{address}?reason=asked")
    assert refused.status == 409 and refused.json()["profiles"] == sorted(accounts)
    asked = running.kith("erase", address, "--reason", "asked", "--yes", check=False)
    assert asked.returncode == FAILURE and all(account in asked.stderr for account in accounts) and "alone" in asked.stderr
    assert running.admin("DELETE", "/v1/profiles/user:two-a?reason=asked&alone=true").status == 409

    receipt = json.loads(running.kith("erase", address, "--alone", "--reason", "asked", "--yes", "--json").stdout)
    assert (receipt["state"], receipt["identifiers"], receipt["events"]) == ("done", 1, 1)
    assert running.get(f"/v1/profiles/email:{address}").status == 404
    running.send([{"type": "identify", "userId": "two-a", "messageId": "two-a-2", "traits": {"email": address, "age": 7}}])
    running.settled()
    for name, more in (("a", {"age": 7}), ("b", {})):
        profile = running.one_profile(f"user:two-{name}")
        assert profile["traits"] == {"plan": name, **more}
        assert [one["value"] for one in profile["identifiers"]] == [f"two-{name}"]
        assert address not in running.get(f"/v1/profiles/user:two-{name}/events").text


def test_an_id_of_the_person_is_left_in_nobody_elses_history(hub: Callable[..., Hub]):
    running = hub()
    running.send([{"type": "identify", "userId": f"hist-{name}", "messageId": f"hist-{name}"} for name in ("ann", "bob")])
    running.settled()
    ann = running.one_profile("user:hist-ann")["id"]
    link = running.admin("POST", "/v1/identity/links", {"left": "user:hist-ann", "right": "user:hist-bob", "reason": "x"}).json()
    assert running.admin("DELETE", f"/v1/identity/decisions/{link['id']}?reason=y").json()["applied"]
    assert ann in running.get("/v1/profiles/user:hist-bob/history").text
    completed(running, running.admin("DELETE", "/v1/profiles/user:hist-ann?reason=asked"))
    history = running.get("/v1/profiles/user:hist-bob/history")
    assert history.json()["entries"] and ann not in history.text


def test_kith_erases_and_shows_the_receipt(running: Hub):
    asked = running.kith("erase", EMAIL, "--reason", "asked", check=False)
    assert asked.returncode == USAGE and "--yes" in asked.stderr and "--preview" not in asked.stderr
    receipt = json.loads(running.kith("erase", EMAIL, "--reason", "asked", "--yes", "--json").stdout)
    assert receipt["state"] == "done"
    assert receipt["id"] in running.kith("erasures").stdout
    second = json.loads(running.kith("erase", EMAIL, "--reason", "again", "--yes", "--json").stdout)
    assert second["alsoSuppressedBy"] == [receipt["id"]] and receipt["alsoSuppressedBy"] == []
    lifted = running.kith("erasures", "lift", receipt["id"], "--reason", "x").stdout
    assert f"still dropped, because of {second['id']}" in lifted and "may be known again" not in lifted
    assert "may be known again" in running.kith("erasures", "lift", second["id"], "--reason", "x").stdout
    assert running.kith("erasures", "show", "era_x", check=False).returncode == NOT_FOUND

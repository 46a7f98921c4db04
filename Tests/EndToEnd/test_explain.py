"""Why two identifiers are one person's, or are not, and how a profile came to be: over the API and in the terminal."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from support import Hub
from support.waiting import eventually

SOURCE = "explain"
OK, FAILURE, USAGE, NOT_FOUND = range(4)


def identify(user: str | None, second: int, email: str | None = None, device: str | None = None) -> dict[str, Any]:
    names = {"userId": user and f"x-{user}", "anonymousId": device and f"x-{device}"}
    return {"type": "identify", "messageId": f"x-{second}", "timestamp": f"2026-02-01T00:00:{second:02}.000Z",
            "traits": {"email": email} if email else {}, **{name: value for name, value in names.items() if value}}


@pytest.fixture(scope="module")
def hub(kith: Hub) -> Hub:
    key = kith.new_write_key(SOURCE)
    kith.send([
        identify("ada", 1, email="ada@explain.example"),
        identify("ada", 2, device="phone"),
        identify("ann", 3, email="fam@explain.example"),
        identify("bob", 4, email="fam@explain.example"),
        identify("ann", 5, device="tablet"),
        identify("bob", 6, device="tablet"),
        identify(None, 7, email="bob.alone@explain.example", device="tablet"),
        *(identify(f"many-{number}", 10 + number, email="info@explain.example") for number in range(6)),
        identify("zoe", 20),
        *({**identify(user, 21 + place), "context": {"externalIds": [
            {"id": "x-7", "type": "crm_id", "collection": "users", "encoding": "none"}]}}
          for place, user in enumerate(("ann", "bob"))),
    ], key=key)
    kith.settled()
    return kith


def explain(hub: Hub, one: str, other: str, **query: str) -> dict[str, Any]:
    answer = hub.get(f"/v1/profiles/{quote(one, safe=':')}/explain", to=other, **query)
    assert answer.status == 200, answer
    return answer.json()


def test_together_by_the_events_that_say_so(hub: Hub):
    answer = explain(hub, "email:ADA@explain.example", "anonymous:x-phone")
    assert answer["together"] and "because" not in answer
    assert answer["from"]["profile"] == answer["to"]["profile"] == hub.one_profile("user:x-ada")["id"]
    assert [(link["from"], link["to"], link["messageId"], link["source"]) for link in answer["chain"]] == [
        ("email:ada@explain.example", "user:x-ada", "x-1", SOURCE), ("user:x-ada", "anonymous:x-phone", "x-2", SOURCE)]
    assert [link["time"] for link in answer["chain"]] == ["2026-02-01T00:00:01.000Z", "2026-02-01T00:00:02.000Z"]
    back = explain(hub, "anonymous:x-phone", "email:ada@explain.example")
    assert [link["messageId"] for link in back["chain"]] == ["x-2", "x-1"]


def test_begins_where_it_is_told_to(hub: Hub):
    profile = hub.one_profile("user:x-ada")
    answer = explain(hub, profile["id"], "anonymous:x-phone")
    assert answer["together"] and answer["from"]["profile"] == profile["id"]
    answer = explain(hub, profile["id"], "anonymous:x-phone", **{"from": "user:x-ada"})
    assert [link["messageId"] for link in answer["chain"]] == ["x-2"]
    refused = hub.get(f"/v1/profiles/{profile['id']}/explain", to="anonymous:x-phone", **{"from": "user:x-ann"})
    assert refused.status == 404 and "from" in refused.json()["message"]


def test_an_address_of_two_logins_joins_neither(hub: Hub):
    answer = explain(hub, "email:fam@explain.example", "user:x-bob")
    assert not answer["together"] and answer["because"] == "ambiguous"
    assert [link["rejected"] for link in answer["chain"]] == [
        {"reason": "ambiguous", "identifier": "email:fam@explain.example", "conflict": "limit", "namespace": "user", "limit": 1}]
    edges = hub.get("/v1/profiles/user:x-bob/graph").json()["edges"]
    assert [edge["rejected"]["reason"] for edge in edges if edge["messageId"] == "x-4"] == ["ambiguous"]


def test_a_limit_keeps_two_logins_apart(hub: Hub):
    answer = explain(hub, "crm_id:x-7", "user:x-bob")
    assert not answer["together"] and answer["because"] == "limit"
    assert [link["rejected"] for link in answer["chain"]] == [{"reason": "limit", "namespace": "user", "limit": 1}]
    edges = hub.get("/v1/profiles/user:x-bob/graph").json()["edges"]
    assert [edge["rejected"]["reason"] for edge in edges if edge["messageId"] == "x-22"] == ["limit"]


def test_a_shared_address_joins_nobody(hub: Hub):
    answer = explain(hub, "user:x-many-1", "user:x-many-4")
    assert not answer["together"] and answer["because"] == "shared"
    assert [link["rejected"]["identifier"] for link in answer["chain"]] == ["email:info@explain.example"] * 2
    assert explain(hub, "user:x-many-1", "email:info@explain.example")["to"] == {
        "identifier": "email:info@explain.example", "state": "shared"}


def test_a_device_is_divided_among_those_who_used_it(hub: Hub):
    assert explain(hub, "user:x-ann", "anonymous:x-tablet")["together"]
    assert explain(hub, "user:x-bob", "anonymous:x-tablet")["together"]
    answer = explain(hub, "user:x-bob", "email:bob.alone@explain.example")
    assert answer["together"]
    assert [link.get("toLogin") for link in answer["chain"]] == ["user:x-bob", None]
    answer = explain(hub, "user:x-ann", "email:bob.alone@explain.example")
    assert not answer["together"]
    assert {link["rejected"]["reason"] for link in answer["chain"] if "rejected" in link} <= {"divided", "limit"}


@pytest.mark.parametrize("name, because", [
    ("user:x-zoe", "no_evidence"), ("user:x-nobody", "unknown"), ("user:null", "junk"), ("email:test@test.com", "junk"),
])
def test_where_there_is_nothing_it_says_which_nothing(hub: Hub, name: str, because: str):
    for one, other in (("user:x-ada", name), (name, "user:x-ada")):
        answer = explain(hub, one, other)
        assert not answer["together"] and answer["because"] == because and answer["chain"] == []


# History.


def history(hub: Hub, name: str) -> list[dict[str, Any]]:
    answer = hub.get(f"/v1/profiles/{quote(name, safe=':')}/history")
    assert answer.status == 200, answer
    return answer.json()["entries"]


def test_history_tells_of_a_merge_a_renaming_and_a_split_with_their_events(hub: Hub):
    key = hub.new_write_key("history")

    def send(*events: dict[str, Any]):
        hub.send(events, key=key)
        hub.settled()

    send(identify("h1", 40, email="h@explain.example"))
    send(identify(None, 41, device="h-device"))
    assert history(hub, "user:x-h1") == []
    person, device = hub.one_profile("user:x-h1")["id"], hub.one_profile("anonymous:x-h-device")["id"]
    send(identify("h1", 42, device="h-device"))
    merged, = history(hub, "anonymous:x-h-device")
    assert merged["kind"] == "merged" and sorted(merged["before"]) == sorted([person, device])
    assert merged["after"] == [hub.one_profile("user:x-h1")["id"]]
    assert merged["cause"] == {"source": "history", "messageId": "x-42"}
    # Somebody else on the device: from now on it is theirs as well, and each has but their part of it.
    send(identify("h2", 43, device="h-device"))
    split, before = history(hub, "user:x-h1")
    assert before == merged and split["kind"] == "split" and len(split["after"]) == 2
    assert split["cause"] == {"source": "history", "messageId": "x-43"}
    # Seen earlier than was known, by another identifier.
    send({**identify("h1", 30), "messageId": "x-30"})
    renamed, *_ = history(hub, "user:x-h1")
    assert renamed["kind"] == "renamed" and renamed["cause"]["messageId"] == "x-30"
    assert renamed["after"] == [hub.one_profile("user:x-h1")["id"]] != renamed["before"]
    first = hub.get("/v1/profiles/user:x-h1/history", limit=2).json()
    rest = hub.get("/v1/profiles/user:x-h1/history", limit=2, cursor=first["cursor"]).json()
    assert first["entries"] + rest["entries"] == history(hub, "user:x-h1") and "cursor" not in rest
    assert hub.get("/v1/profiles/user:x-nobody/history").status == 404


# The terminal.


def test_kith_explain_answers_in_words_and_by_its_exit_code(hub: Hub):
    yes = hub.kith("explain", "ada@explain.example", "anonymous:x-phone", check=False)
    assert yes.returncode == OK and "are one person's" in yes.stdout and "\x1b" not in yes.stdout
    for word in ("x-1", "x-2", SOURCE, "identified", "2026-02-01 00:00:01", "user:x-ada"):
        assert word in yes.stdout, yes.stdout
    no = hub.kith("explain", "user:x-ann", "user:x-bob", check=False)
    assert no.returncode == FAILURE and "are not one person's" in no.stdout and no.stderr == ""
    assert "a profile has at most 1 “user”" in no.stdout, no.stdout
    mail = hub.kith("explain", "fam@explain.example", "user:x-bob", check=False).stdout
    assert "those who have email:fam@explain.example cannot be one person: a profile has at most 1 “user”." in mail, mail
    assert "user:null identifies nobody" in hub.kith("explain", "user:x-ann", "user:null", check=False).stdout
    assert "was never seen" in hub.kith("explain", "user:x-ann", "user:x-nobody", check=False).stdout
    assert hub.kith("explain", "user:x-ann", check=False).returncode == USAGE
    same = hub.kith("explain", "user:x-ann", "user:x-bob", "--json", check=False)
    assert same.returncode == FAILURE and json.loads(same.stdout) == explain(hub, "user:x-ann", "user:x-bob")


def test_kith_history_tells_what_became_of_a_profile(hub: Hub):
    key = hub.new_write_key("history-cli")
    for event in (identify("c1", 50), identify(None, 51, device="c-device"), identify("c1", 52, device="c-device")):
        hub.send([event], key=key)
        hub.settled()
    eventually(lambda: history(hub, "user:x-c1"), 60, "a merge")
    told = hub.kith("history", "user:x-c1").stdout
    assert "merged" in told and "history-cli: x-52" in told and "\x1b" not in told
    lines = hub.kith("history", "user:x-c1", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == history(hub, "user:x-c1")
    assert "never merged" in hub.kith("history", "user:x-zoe").stderr
    assert hub.kith("history", "user:x-nobody", check=False).returncode == NOT_FOUND

"""Forgetting a person where the rules of the file are not those of the store, and after rules that change what a value looks like."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import Hub, eventually
from support.files import contents
from support_engines import log_folder

FOLDING = "foldMailboxes: true\n"


def erase(hub: Hub, person: str):
    answer = hub.admin("DELETE", f"/v1/profiles/{person}?reason=asked")
    assert answer.status == 202, answer

    def done() -> bool:
        return hub.admin("GET", f"/v1/erasures/{answer.json()['id']}").json()["state"] == "done"

    eventually(done, 120, lambda: f"{hub.admin('GET', '/v1/erasures').json()}\n{hub.printed()}")


def rebuild(hub: Hub, rules: Path, text: str):
    rules.write_text(text)
    hub.kith("rebuild", "--rules", rules, "--json")


def left(hub: Hub, *marks: str) -> dict[Path, str]:
    """The files of the data directory and of the log that have one of the marks in them, in whatever case."""
    return {file: mark for file, content in contents(hub.data, log_folder(hub.data)) for mark in marks
            if mark.encode() in content.lower()}


def visit(number: int, **traits: Any) -> dict[str, Any]:
    """Somebody says who he is on a browser that nobody knows."""
    return {"type": "identify", "anonymousId": f"browser-{number}", "messageId": f"visit-{number}", "traits": traits}


def is_known(hub: Hub, number: int) -> bool:
    return hub.one_profile(f"anonymous:browser-{number}") is not None


def test_nothing_is_left_of_who_is_one_person_by_the_rules_of_the_store_alone(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()
    running.send([{"type": "identify", "userId": "bo", "messageId": "bo-1"}])
    running.settled()
    rebuild(running, tmp_path / "fold.yaml", FOLDING)
    running.send([
        {"type": "track", "event": "Order Completed", "anonymousId": "guest-77", "messageId": "order-1",
         "properties": {"email": "Ada.Love.Qqq@gmail.com", "total": 3}},
        {"type": "identify", "userId": "a-1", "messageId": "a-1", "traits": {"email": "adaloveqqq@gmail.com"}},
        {"type": "track", "event": "Wrote", "userId": "bo", "messageId": "bo-2",
         "properties": {"to": ["ada.loveqqq@gmail.com", "x@y.example"]}}])
    running.settled()
    assert running.one_profile("user:a-1")["eventCount"] == 2
    erase(running, "user:a-1")
    marks = ("ada.love.qqq", "adaloveqqq", "ada.loveqqq")
    eventually(lambda: left(running, *marks) == {}, 60, lambda: f"{left(running, *marks)}")
    assert running.one_profile("anonymous:guest-77") is None
    [wrote] = [one["event"] for one in running.events("user:bo") if one["messageId"] == "bo-2"]
    assert wrote["properties"] == {"to": ["x@y.example"]}


def test_rules_that_fold_mailboxes_bring_nobody_back(hub: Callable[..., Hub]):
    running = hub()
    running.send([{"type": "identify", "userId": "b-1", "messageId": "b-1", "traits": {"email": "b.o.b.xyz@gmail.com"}}])
    running.settled()
    erase(running, "user:b-1")
    running.send([visit(1, email="b.o.b.xyz@gmail.com"), visit(2, email="carl.xyz@gmail.com")])
    running.settled()
    assert not is_known(running, 1) and is_known(running, 2)
    rebuild(running, running.data / "identity.yaml", FOLDING)
    running.send([visit(3, email="b.o.b.xyz@gmail.com"), visit(4, email="bobxyz@gmail.com"),
                  visit(5, email="Bob.xyz+news@googlemail.com"), visit(6, email="carlxyz@gmail.com")])
    running.settled()
    assert [number for number in range(1, 7) if is_known(running, number)] == [2, 6]
    assert running.get("/v1/profiles/email:b.o.b.xyz@gmail.com").status == 404
    marks = ("b.o.b.xyz", "bobxyz", "bob.xyz")
    eventually(lambda: left(running, *marks) == {}, 60, lambda: f"{left(running, *marks)}")
    # And it is so of the next process, which knows no more than what is on the log by now.
    running.stop()
    running.start()
    running.send([visit(7, email="b.o.b.xyz@gmail.com")])
    running.settled()
    assert not is_known(running, 7)


def test_rules_for_another_country_bring_nobody_back(hub: Callable[..., Hub], tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "identity.yaml").write_text("country: KR\n")
    running = hub()
    running.send([{"type": "identify", "userId": "k-1", "messageId": "k-1", "traits": {"phone": "010-1234-5678"}}])
    running.settled()
    assert running.one_profile("phone:+821012345678") is not None
    erase(running, "user:k-1")
    rebuild(running, running.data / "identity.yaml", "country: US\n")
    running.send([visit(1, phone="010-1234-5678"), visit(2, phone="010-2234-5678")])
    running.settled()
    assert not is_known(running, 1) and is_known(running, 2)

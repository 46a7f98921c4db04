"""A backup of an instance that runs, and an instance that is made of it."""

import json
import os
import resource
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from support import Hub, Web, eventually
from support.web import bearer
from test_kith import on_terminal
from test_shutdown import Sender, on_the_log, purchase
from test_webhooks import INSIDE, THANKS, Endpoint, destination


def restored(hub: Callable[..., Hub], running: Hub, backup: Path, name: str = "restored") -> Hub:
    done = running.kith("restore", backup, check=False)
    assert done.returncode == 1 and "is in use" in done.stderr, "a data directory in use is left as it is"
    data = backup.parent / name
    subprocess.run([running.programs / "kith", "restore", backup, "--data", data], check=True, capture_output=True, text=True)
    return hub(name=name)


def orders(hub: Hub) -> set[str]:
    """The ids of the purchases on the log."""
    return {id for id in on_the_log(hub) if id and id.startswith("sender-")}


def test_what_was_acknowledged_before_a_backup_is_in_it_whatever_goes_on(hub: Callable[..., Hub], tmp_path: Path):
    with Endpoint() as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS, environment={"KITH_SEGMENT_SIZE": "64KiB"})
        senders = [Sender(running, f"sender-{number}") for number in range(3)]
        eventually(lambda: all(len(sender.acknowledged) > 30 for sender in senders), 60, "events on their way")
        before = {id for sender in senders for id in list(sender.acknowledged)}
        eventually(lambda: running.one_profile("user:ada"), 30, "a profile")
        profile = running.one_profile("user:ada")["id"]
        # Somebody is forgotten meanwhile, for which the log is rewritten.
        running.post("/v1/identify", {"userId": "bob", "traits": {"email": "bob@shop.example"}, "messageId": "bob"})
        eventually(lambda: running.one_profile("user:bob"), 30, "somebody to forget")
        forgetting = threading.Thread(target=running.kith, args=("erase", "user:bob", "--reason", "Asked.", "--yes"), kwargs={"check": False})
        forgetting.start()
        running.kith("backup", tmp_path / "backup")
        forgetting.join()
        for sender in senders:
            sender.stop()
        assert not list((running.data / "backups").glob("*")), "what was made on the way is gone"
        running.stop()
        everything = orders(running)

        again = restored(hub, running, tmp_path / "backup")
        found = orders(again)
        assert before <= found <= everything
        again.settled(120)
        seen = Counter(event["messageId"] for event in again.events("user:ada", name="Order Completed"))
        assert seen == Counter(found)
        assert again.one_profile("user:ada")["id"] == profile
        # What was delivered after the backup may be delivered again, but under the id by which it is known.
        ids = eventually(lambda: len(found) <= len({headers["webhook-id"] for headers, _ in crm.requests}) and crm.requests, 60, "messages")
        assert len({headers["webhook-id"] for headers, _ in ids}) <= len(everything)
        # It goes on: with the keys that there were, on its own log.
        assert again.post("/v1/track", purchase("later")).status == 200
        eventually(lambda: "later" in {event["messageId"] for event in again.events("user:ada")}, 30, "what came afterwards")


def test_a_terminal_shows_how_far_a_backup_and_a_restore_are(hub: Callable[..., Hub], tmp_path: Path):
    running = hub()
    running.post("/v1/track", purchase("one"))
    made = on_terminal("backup", tmp_path / "backup", "--data", running.data)
    assert "░" in made and "profile.sqlite" in made and "100 %" in made, made
    restored = on_terminal("restore", tmp_path / "backup", "--data", tmp_path / "restored")
    assert "checking" in restored and "100 %" in restored, restored
    assert "%" not in running.kith("backup", tmp_path / "another").stderr


def commands(hub: Hub) -> list[str]:
    """The ids of the messages that the notifier has asked for."""
    lines = hub.kith("tail", "commands", "--from", 0, "--no-follow", "--json").stdout.splitlines()
    values = [json.loads(line)["value"] for line in lines]
    # Of one to somebody who was forgotten no id is left.
    return [value["id"] for value in values if "id" in value]


def test_stores_go_back_while_the_log_stays_and_nothing_is_lost_or_sent_again(hub: Callable[..., Hub], tmp_path: Path):
    with Endpoint() as crm:
        running = with_eve(hub, "destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS)
        running.post("/v1/identify", {"userId": "bob", "traits": {"spouse": f"{MARK}@private.example", "plan": "b"}, "messageId": "bob"})
        acknowledged = [f"before-{number}" for number in range(20)]
        for id in acknowledged:
            assert running.post("/v1/track", purchase(id)).status == 200
        running.settled()
        profile = running.one_profile("user:ada")["id"]
        eve = running.one_profile("user:eve")["id"]
        running.kith("backup", tmp_path / "backup")
        # What a newer version has done meanwhile: taken in events, sent messages, made the store anew, forgotten somebody.
        acknowledged += (since := [f"since-{number}" for number in range(20)])
        for id in since:
            assert running.post("/v1/track", purchase(id)).status == 200
        running.kith("rebuild")
        erase_eve(running)
        running.settled()
        eventually(lambda: len(crm.requests) == len(acknowledged), 60, "messages")
        # Written down, too: who ends between sending and writing that down sends again, with the same id.
        eventually(lambda: len(list(running.events("user:ada", name="Message Sent"))) == len(acknowledged), 60, "their outcomes")
        back = ("restore", tmp_path / "backup", "--store", "profile", "--store", "notifier")
        refused = running.kith(*back, check=False)
        assert refused.returncode == 1 and "is already running" in refused.stderr, refused
        running.stop()

        done = running.kith(*back)
        assert "People forgotten since this backup: 1." in done.stderr, done
        running.start()
        expect_nothing_of_eve(running, eve)

        def seen() -> Counter[str]:
            return Counter(event["messageId"] for event in running.events("user:ada", name="Order Completed"))

        # Until it goes on, the log has how far the store had come that is not there any more.
        eventually(lambda: set(seen()) >= set(acknowledged), 120, lambda: f"{set(acknowledged) - set(seen())}\n{running.printed()}")
        running.settled(120)
        assert seen() == Counter(acknowledged)
        assert running.one_profile("user:ada")["id"] == profile
        # It goes on, and by then everything would have been sent that is.
        assert running.post("/v1/track", purchase("later")).status == 200
        eventually(lambda: len(crm.requests) > len(acknowledged), 60, "the next message")
        running.settled()
        sent = Counter(headers["webhook-id"] for headers, _ in crm.requests)
        assert len(sent) == len(acknowledged) + 1 and set(sent.values()) == {1}
        assert Counter(commands(running)) == sent, "nothing was asked for twice"
        # Nobody has asked for it, and the store is made anew from the log.
        eventually(lambda: running.status()["rebuild"]["state"] == "done", 60, lambda: f"a rebuild: {running.status()['rebuild']}")
        expect_nothing_of_eve(running, eve)
        [made] = eventually(lambda: len(stores := list(running.data.glob("profile*.sqlite"))) == 1 and stores, 30, "an end of the former store")
        # What belongs to a store goes right behind its file.
        eventually(lambda: not marked(running), 30, lambda: f"an end of {marked(running)}")
        # The next start has nothing to do.
        running.stop()
        running.start()
        expect_nothing_of_eve(running, eve)
        assert list(running.data.glob("profile*.sqlite")) == [made] and running.status()["rebuild"]["state"] == "done"


def expect_nothing_of_eve(running: Hub, id: str):
    """However somebody asks for her, she is not there, and others have nothing of hers."""
    for name in ("user:eve", f"email:{MARK}@private.example", id):
        for question in ("", "/events", "/traits", "/identifiers", "/graph", "/history", "/export"):
            assert running.get(f"/v1/profiles/{name}{question}", key=running.admin_key).status == 404, (name, question)
    assert running.ask("/v1/profiles/search", {"text": "Eve"}).json()["profiles"] == []
    everybody = list(running.export())
    assert MARK not in json.dumps(everybody) and id not in json.dumps(everybody)
    assert running.get("/v1/profiles/user:bob/traits").json()["traits"] == {"plan": "b"}


def test_a_backup_of_nothing_or_over_something_is_refused(kith: Hub, tmp_path: Path):
    (tmp_path / "there").mkdir()
    for folder, words in ((tmp_path / "there", "is there already"),):
        refused = kith.kith("backup", folder, check=False)
        assert refused.returncode == 1 and words in refused.stderr, refused
    stopped = Hub(tmp_path / "empty")
    refused = stopped.kith("backup", tmp_path / "none", check=False)
    assert refused.returncode == 5 and not (tmp_path / "none").exists(), refused


@pytest.mark.parametrize("harm", ["byte", "missing", "unfinished"])
def test_a_damaged_backup_is_refused_and_nothing_is_made_of_it(kith: Hub, tmp_path: Path, harm: str):
    kith.kith("backup", tmp_path / "backup")
    names = [entry["path"] for entry in json.loads((tmp_path / "backup" / "backup.json").read_text())["files"]]
    assert {"profile.sqlite", "connector.sqlite", "notifier.sqlite", "suppression.key", "keys.json"} <= set(names)
    victim = tmp_path / "backup" / next(name for name in names if name.endswith(".seg"))
    if harm == "byte":
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    elif harm == "missing":
        victim.unlink()
    else:
        (tmp_path / "backup" / "backup.json").unlink()
    refused = Hub(tmp_path / "made").kith("restore", tmp_path / "backup", check=False)
    assert refused.returncode in (1, 3) and ("damaged" in refused.stderr or "no whole backup" in refused.stderr), refused
    assert not list((tmp_path / "made").glob("*"))


#: What is only Eve's.
MARK = "zqx-broken-off-marker"


def with_eve(hub: Callable[..., Hub], config: str | None = None) -> Hub:
    running = hub(config)
    running.post("/v1/identify", {"userId": "eve", "traits": {"email": f"{MARK}@private.example", "name": "Eve"}, "messageId": "eve"})
    eventually(lambda: running.one_profile("user:eve"), 30, "somebody to forget")
    return running


def erase_eve(running: Hub):
    receipt = running.kith("erase", "user:eve", "--reason", "Asked.", "--yes", "--json")
    assert json.loads(receipt.stdout)["state"] == "done"
    expect_no_mark(running)


def expect_no_mark(running: Hub):
    """The control topic forgets who it was as the last of all, once everything else has."""
    assert not [file for file in marked(running) if "control" not in file.parts]
    eventually(lambda: not marked(running), 60, lambda: f"an end of {marked(running)}")


def marked(running: Hub) -> list[Path]:
    """The files that have something of hers."""
    return [file for file in running.data.rglob("*") if is_marked(file)]


def is_marked(file: Path) -> bool:
    try:
        return file.is_file() and MARK.encode() in file.read_bytes()
    except FileNotFoundError:
        return False  # A copy, or what belongs to a store at work, may go meanwhile.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_backup_that_is_broken_off_leaves_no_copies_of_stores(hub: Callable[..., Hub], tmp_path: Path, number: int):
    running = with_eve(hub)
    stopped = running.kill("connector", signal.SIGSTOP)
    try:
        command = [running.programs / "kith", "backup", tmp_path / "backup", "--data", running.data]
        backup = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        eventually(lambda: list((running.data / "backups").glob("kith-*/profile.sqlite")), 30, "a copy of one of the stores")
        backup.send_signal(number)
        printed = backup.communicate(timeout=300)[1]
    finally:
        os.kill(stopped, signal.SIGCONT)
    if number != signal.SIGKILL:
        assert backup.returncode == 1 and "broken off" in printed, printed
        assert not (tmp_path / "backup").exists()
    erase_eve(running)
    # A store that was still to be copied is copied for nobody now, and goes as well.
    eventually(lambda: not list((running.data / "backups").glob("*")), 30, "an end of the copies")


@pytest.mark.parametrize("then", ["backup", "start", "erasure"])
def test_copies_that_were_left_behind_go_with_what_comes_next(hub: Callable[..., Hub], tmp_path: Path, then: str):
    running = with_eve(hub)
    left = running.data / "backups" / "kith-1767225600000000" / "profile.sqlite"
    left.parent.mkdir(parents=True)
    left.write_text(MARK)
    if then == "backup":
        running.kith("backup", tmp_path / "backup")
    elif then == "start":
        running.stop()
        running.start()
    else:
        erase_eve(running)
    assert not left.parent.exists()


def test_a_restore_that_is_broken_off_is_done_again_and_nothing_starts_before(kith: Hub, tmp_path: Path):
    kith.kith("backup", tmp_path / "backup")
    files = json.loads((tmp_path / "backup" / "backup.json").read_text())["files"]
    largest = max(entry["bytes"] for entry in files)
    made = Hub(tmp_path / "made")
    command = [made.programs / "kith", "restore", tmp_path / "backup", "--data", made.data]
    # The system ends it in the middle of the largest file.
    limited = subprocess.run(command, capture_output=True, text=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest - 1, largest - 1)))
    assert limited.returncode != 0
    for program in ("kith", "ingest", "profile", "connector", "notifier"):
        words = ["up", "--port", "0"] if program == "kith" else ["--port", "0"]
        refused = subprocess.run([made.programs / program, *words, "--data", made.data], capture_output=True, text=True, timeout=300)
        assert refused.returncode == 1 and "not restored to its end" in refused.stderr, (program, refused)
    subprocess.run(command, check=True, capture_output=True, text=True)
    for entry in files:
        assert (made.data / entry["path"]).stat().st_size == entry["bytes"]
    with made as running:
        assert running.admin_key == kith.admin_key and running.is_ready("profile")


def test_a_restore_names_what_is_in_its_way_before_it_writes_anything(kith: Hub, tmp_path: Path):
    kith.kith("backup", tmp_path / "backup")
    made = Hub(tmp_path / "made")
    (made.data / "keys.json").write_text("{}")
    refused = made.kith("restore", tmp_path / "backup", check=False)
    assert refused.returncode == 1 and "keys.json" in refused.stderr, refused
    assert [file.name for file in made.data.glob("*")] == ["keys.json"]


def test_a_store_is_copied_by_its_own_service_and_by_administrators_only(kith: Hub):
    for service in ("profile", "connector", "notifier"):
        with Web(kith.url(service)) as web:
            assert web.call("PUT", "/v1/backups/probe", headers=bearer(kith.read_key)).status == 403
            assert web.call("PUT", "/v1/backups/probe").status == 401
            for name in ("..", "UP", "a" * 65, "a.b"):
                assert web.call("PUT", f"/v1/backups/{name}", headers=bearer(kith.admin_key)).status in (400, 404), name
            made = web.call("PUT", "/v1/backups/probe", headers=bearer(kith.admin_key))
            assert made.status == 200 and made.json() == {"file": f"backups/probe/{service}.sqlite"}
        copy = kith.data / "backups" / "probe" / f"{service}.sqlite"
        assert copy.read_bytes()[:15] == b"SQLite format 3" and not copy.with_suffix(".sqlite-wal").exists()
    deeds = [(entry["action"], entry["status"]) for entry in kith.admin("GET", "/v1/audit?limit=50").json()["entries"]]
    assert deeds.count(("backups.create", 200)) >= 3

"""The stores of a data directory, moved to a PostgreSQL."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import Hub, eventually
from support.files import whole_lines
from support.segments import LogFiles
from support.hub import PROGRAMS
from support_postgresql import PostgreSQL
from test_postgresql_store import CONFIG


def copied(data: Path, store: str | None) -> subprocess.CompletedProcess:
    environment = {"PATH": "/usr/bin:/bin"} | ({"KITH_STORE": store} if store else {})
    return subprocess.run([PROGRAMS / "kith", "store", "copy", "--data", data], env=environment, capture_output=True, text=True,
                          timeout=600)


@contextmanager
def alone(data: Path, service: str) -> Iterator[None]:
    """A service that nobody but itself runs on the directory."""
    port = data.parent / f"{service}.port"
    process = subprocess.Popen([PROGRAMS / service, "--data", data, "--port", "0", "--port-file", port],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(port.exists, 60, f"a {service} alone")
        yield
    finally:
        process.terminate()
        process.wait(300)


def told(hub: Hub) -> list[dict]:
    return sorted(hub.export(), key=lambda profile: profile["id"])


def outcomes(data: Path) -> int:
    """How many deliveries the log says have ended."""
    return sum(record.json.get("name") == "Message Sent" for record in LogFiles(data, "events").read())


def test_goes_on_in_a_postgresql_where_the_files_left_off(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "people.ndjson").write_text('{"n": 7, "email": "u3@x.test", "name": "Ada", "at": "2026-11-01T00:00:00Z"}\n')
    with PostgreSQL() as server, Hub(data, CONFIG) as hub:
        for number in range(40):
            person = {"userId": f"u{number}", "anonymousId": f"a{number % 30}", "messageId": f"m{number}"}
            hub.post("/v1/track", {**person, "event": "Signed Up"})
            hub.post("/v1/identify", {**person, "messageId": f"i{number}", "traits": {"email": f"u{number}@x.test", "n": number}})
        hub.settled()
        split = hub.kith("split", "user:u5", "anonymous:a5", "--reason", "Two people.", "--yes", check=False)
        assert split.returncode == 0, split.stderr
        # What is delivered is told of in the end, and what stands in the file is read.
        eventually(lambda: outcomes(data) == 40, 60, hub.printed)
        eventually(lambda: hub.one_profile("crm.person:7"), 60, hub.printed)
        hub.settled()
        before, sent = told(hub), (data / "out.ndjson").read_text()
        refused = copied(data, server.url())
        assert refused.returncode == 1 and "kith up" in refused.stderr, refused
        hub.stop()
        assert copied(data, None).returncode == 2
        with alone(data, "profile"):
            refused = copied(data, server.url())
            assert refused.returncode == 1 and "Another process uses the store" in refused.stderr, refused
        done = copied(data, server.url())
        assert done.returncode == 0 and "identifier: " in done.stderr, done.stderr
        again = copied(data, server.url())
        assert again.returncode == 1 and "is not empty" in again.stderr, again.stderr
        for file in data.glob("*.sqlite*"):
            file.unlink()

        hub.environment["KITH_STORE"] = server.url()
        hub.start()
        assert told(hub) == before
        # What was read and sent before is not again, and numbers go on.
        with open(data / "people.ndjson", "a") as people:
            people.write('{"n": 8, "email": "u9@x.test", "name": "Bob", "at": "2026-11-02T00:00:00Z"}\n')
        hub.post("/v1/track", {"userId": "u3", "event": "Signed Up", "messageId": "m3"})
        hub.post("/v1/track", {"userId": "new", "event": "Signed Up", "messageId": "new"})
        bob = eventually(lambda: hub.one_profile("crm.person:8"), 60, hub.printed)
        hub.settled()
        assert hub.one_profile("user:new") and bob["id"] == hub.one_profile("user:u9")["id"]
        assert [event["type"] for event in hub.events("crm.person:7")].count("identify") == 2
        lines = eventually(lambda: len(found := whole_lines(data / "out.ndjson")) > 40 and found, 60, hub.printed)
        assert lines[:40] == sent.splitlines() and len(lines) == 41


def test_a_directory_without_stores_is_not_copied(tmp_path: Path):
    with PostgreSQL() as server:
        refused = copied(tmp_path, server.url())
    assert refused.returncode == 1 and "profile.sqlite cannot be opened: it is not there." in refused.stderr, refused.stderr
    assert not list(tmp_path.glob("*.sqlite*"))


def test_services_that_never_ran_have_nothing_to_copy(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    with alone(data, "profile"):
        pass
    with PostgreSQL() as server:
        done = copied(data, server.url())
    assert done.returncode == 0 and "connector has no store here" in done.stderr, done.stderr


def test_says_why_in_a_file_as_well(tmp_path: Path):
    # Whoever has it started by a script keeps what it says: the reason must not be written over by what comes of it.
    (tmp_path / "data").mkdir()
    environment = {"PATH": "/usr/bin:/bin", "KITH_STORE": "postgres://x@127.0.0.1:9/x"}
    with open(tmp_path / "said", "w") as said:
        done = subprocess.run([PROGRAMS / "kith", "store", "copy", "--data", tmp_path / "data"], env=environment, stdout=said,
                              stderr=said, timeout=300)
    reason, outcome = (tmp_path / "said").read_text().splitlines()[1:]
    assert done.returncode == 1 and "it is not there" in reason and "was not copied" in outcome

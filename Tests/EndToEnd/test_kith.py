"""The command line: starting everything and stopping it, and each question that a person may ask in a terminal."""

import csv
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import termios
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from support import Hub, eventually
from support.hub import PROGRAMS, SERVICES, alive
from test_webhooks import INSIDE, Endpoint, destination, ok

KITH = PROGRAMS / "kith"
OK, FAILURE, USAGE, NOT_FOUND, UNAUTHORIZED, UNREACHABLE = range(6)
REPLAYED = """\
rules:
  - {name: paid, on: {event: Order Completed}, to: crm, webhook: {body: {order: "{{event.messageId}}"}}}
"""


def run(*arguments, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a script would: no terminal, and nothing of ours in its environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    return subprocess.run([KITH, *map(str, arguments)], text=True, capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, env={**clean, **environment})


@pytest.fixture(scope="module")
def people(kith: Hub) -> Hub:
    """The shared instance, with a few people in it that are this file's own."""
    kith.send(
        {"type": "identify", "userId": f"cli-{number}", "messageId": f"cli-{number}", "traits": {
            "email": f"cli.{number}@example.com", "name": name, "cliPlan": plan, "cliAge": 20 + number}}
        for number, (name, plan) in enumerate([("Clio Marlow", "pro"), ("김서연 Clivia", "free"), ("Clive \x1b[31mred", "pro")]))
    kith.send([{"type": "track", "userId": "cli-0", "messageId": "cli-order", "event": "Cli Ordered",
                "properties": {"total": 12.5}}])
    kith.settled()
    return kith


# Starting and stopping.

def test_a_second_one_on_the_same_directory_is_refused(kith: Hub):
    second = run("up", "--data", kith.data, "--port", "0")
    assert second.returncode == FAILURE
    assert f"(process {kith.process.pid}) is already running on {kith.data}" in second.stderr
    assert "--data" in second.stderr
    assert kith.is_ready("profile")


def test_a_port_that_is_taken_is_named(kith: Hub, tmp_path: Path):
    port = int(kith.ingest.rpartition(":")[2])
    left = tmp_path / "ready.json"
    left.write_text("of an earlier start")
    refused = run("up", "--data", tmp_path / "data", "--port", port, "--ready-file", left)
    assert refused.returncode == FAILURE and f"Port {port}, meant for ingest, is in use" in refused.stderr
    assert not left.exists()


def test_stops_cleanly_and_goes_on_where_it_stopped(hub):
    running: Hub = hub()
    running.send([{"type": "track", "userId": "1", "event": "A"}])
    running.settled()
    before, processes = running.ready, [running.pid(service) for service in SERVICES]
    assert running.stop() == 0
    assert not any(alive(process) for process in processes)
    assert not (running.data / "ready.json").exists() and not running.ready_file.exists()
    assert run("query", "user:1", "--data", running.data).returncode == UNREACHABLE
    running.start()
    assert all(running.ready[key] == before[key] for key in ("writeKey", "readKey", "adminKey", "data"))
    assert run("query", "user:1", "--data", running.data).returncode == OK


def test_its_services_stop_when_it_is_killed_and_the_next_one_takes_over(hub):
    running: Hub = hub()
    processes = [running.pid(service) for service in SERVICES]
    running.process.kill()
    running.process.wait()
    running.start()
    assert not any(alive(process) for process in processes)
    assert "it starts again" not in running.printed().rpartition("Kith is running.")[0].rpartition("Kith is running.")[2]


def test_a_service_that_dies_is_started_again_at_the_same_address(hub):
    # At whatever address the system has chosen.
    running: Hub = hub(port=0)
    address = running.profile
    running.kill_and_await("profile")
    assert running.is_ready("profile") and running.profile == address
    eventually(lambda: "profile was ended by signal 9" in running.printed(), 60, running.printed)


@pytest.mark.parametrize("config, words", [
    ("rules:\n- {name: a, on: {event: X}, to: nobody, oops: 1}\n", ["notifier cannot start", "line 2", "unknown field “oops”"]),
    ("sources:\n- {name: a, type: csvv, path: x}\n", ["connector cannot start", "kith.yaml, line 2: “a”", "csvv"]),
])
def test_a_wrong_configuration_ends_the_start_with_its_reason(tmp_path: Path, config: str, words: list[str]):
    hub = Hub(tmp_path / "data", config)
    hub.launch()
    assert hub.process.wait(300) == FAILURE
    assert all(word in hub.printed() for word in words), hub.printed()
    assert "it starts again" not in hub.printed()
    assert not hub.ready_file.exists()


def test_the_stores_are_read_by_nobody_else(kith: Hub):
    modes = {path.name: path.stat().st_mode & 0o777 for path in kith.data.glob("*.sqlite*")}
    assert len(modes) >= 3 and set(modes.values()) == {0o600}, modes


def test_its_keys_are_secret(kith: Hub):
    assert (kith.data / "keys.json").stat().st_mode & 0o777 == 0o600
    assert kith.ready_file.stat().st_mode & 0o777 == 0o600
    for service in SERVICES:
        words = Path(f"/proc/{kith.pid(service)}/cmdline").read_bytes()
        assert not any(key.encode() in words for key in (kith.write_key, kith.read_key, kith.admin_key))
        assert not any(key in kith.log_of(service) for key in (kith.write_key, kith.read_key, kith.admin_key))


def test_what_it_prints_works_as_it_stands(hub):
    running: Hub = hub(options=["--sample"])

    def told() -> list[str]:
        printed = running.output.read_text().partition("Try:")[2]
        return [line.strip() for line in printed.splitlines() if line.startswith("  ")]

    lines = eventually(lambda: len(found := told()) >= 4 and found, 60, running.printed)
    assert [Path(shlex.split(line)[0]).name for line in lines] == ["curl", "curl", "kith", "kith"]
    for line in lines:
        done = subprocess.run(["bash", "-c", f"set -e; {line.replace('curl ', 'curl -sSf ', 1)}"], text=True,
                              capture_output=True, timeout=300)
        assert done.returncode == 0, (line, done.stderr, done.stdout)
    assert "@" in subprocess.run(["bash", "-c", lines[1].replace("curl ", "curl -sSf ", 1)], text=True,
                                 capture_output=True).stdout


# The sample.

def test_the_sample_gives_exactly_its_people(hub, tmp_path: Path):
    running: Hub = hub()
    loaded = running.kith("sample", tmp_path / "shop", "--load")
    assert "Loaded" in loaded.stderr
    running.settled()
    with open(tmp_path / "shop" / "truth.csv") as file:
        truth = [row for row in csv.DictReader(file) if row["person"] != "shared"]
    found: dict[str, set[str]] = {}
    for row in truth:
        profile = running.one_profile(f"{row['namespace']}:{row['value']}")
        assert profile is not None, row
        found.setdefault(row["person"], set()).add(profile["id"])
    assert all(len(ids) == 1 for ids in found.values()), {person: ids for person, ids in found.items() if len(ids) > 1}
    assert len(set.union(*found.values())) == len(found)
    events = running.status()["events"]
    running.kith("sample", tmp_path / "shop", "--load")
    running.settled()
    assert running.status()["events"] == events


def test_the_sample_is_the_same_everywhere(tmp_path: Path):
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("sample", tmp_path / folder, "--people", 20, "--seed", seed).returncode == OK
    a, b, c = ({file.name: file.read_bytes() for file in (tmp_path / folder).iterdir()} for folder in "abc")
    assert a == b != c
    assert set(a) == {"crm-contacts.csv", "shop-orders.ndjson", "web-events.ndjson", "chat-events.ndjson",
                      "mailbox.mbox", "truth.csv"}


# Questions.

def test_shows_a_profile_as_a_card(people: Hub):
    card = people.kith("query", "user:cli-0").stdout
    for words in ("Clio Marlow", "cli.0@example.com", "cliPlan", "pro", "Cli Ordered", "first seen", "default"):
        assert words in card, card
    assert "\x1b" not in card
    assert people.kith("query", "cli.0@example.com").stdout == people.kith("query", "email:CLI.0@example.com").stdout


def test_shows_a_profile_as_json(people: Hub):
    profile = json.loads(people.kith("query", "user:cli-0", "--json").stdout)
    assert profile["id"] == people.one_profile("user:cli-0")["id"]
    assert profile["traits"]["cliPlan"]["value"] == "pro" and profile["traits"]["cliPlan"]["source"]


def test_does_not_let_names_play_with_the_terminal(people: Hub):
    assert "\x1b" not in people.kith("query", "user:cli-2").stdout
    assert "\x1b" not in people.kith("search", "--trait", "cliPlan=pro").stdout


@pytest.mark.parametrize("arguments, emails", [
    (["clio"], {0}), (["--trait", "cliPlan=pro"], {0, 2}), (["--trait", "cliPlan!=pro", "--trait", "cliPlan"], {1}),
    (["--trait", "cliAge>=21"], {1, 2}), (["--event", "Cli Ordered"], {0}), (["--identifier", "user=cli-1"], {1}),
    (["--trait", "cliPlan=none"], set()),
])
def test_finds_people(people: Hub, arguments: list[str], emails: set[int]):
    found = [json.loads(line) for line in people.kith("search", *arguments, "--json").stdout.splitlines()]
    assert {profile["traits"]["email"] for profile in found} == {f"cli.{number}@example.com" for number in emails}
    assert int(people.kith("search", *arguments, "--count").stdout) == len(emails)


def test_finds_people_page_by_page(people: Hub):
    first = people.kith("search", "--trait", "cliPlan", "--limit", "2", "--json")
    cursor = re.search(r"--cursor (\S+)", first.stderr)[1]
    second = people.kith("search", "--trait", "cliPlan", "--limit", "2", "--json", "--cursor", cursor)
    names = [json.loads(line)["id"] for line in (first.stdout + second.stdout).splitlines()]
    assert len(names) == len(set(names)) == 3


def test_lines_up_columns_whatever_the_script(people: Hub):
    lines = people.kith("search", "--trait", "cliPlan").stdout.splitlines()
    assert [line.split() for line in lines][0] == ["name", "identifier", "events", "last", "seen", "id"]
    column = lines[0].index("identifier")
    [korean] = [line for line in lines if "김서연" in line]
    assert korean.index("email:") == column - 3, "three characters are twice as wide"


def test_tails_a_topic(people: Hub):
    lines = people.kith("tail", "events", "--from", "0", "--no-follow", "--json").stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert {"cli-0", "cli-order"} <= {record["value"]["messageId"] for record in records}
    assert len(people.kith("tail", "events", "--from", "0", "--limit", "2").stdout.splitlines()) == 2


def test_names_the_option_that_a_tail_from_the_api_cannot_have(people: Hub):
    place = ["--url", people.profile, "--key", people.admin_key]
    followed = run("tail", "events", "--from", "0", "--no-follow", *place)
    assert followed.returncode == USAGE and "--no-follow" in followed.stderr
    started = run("tail", "events", "--from", "3", *place)
    assert started.returncode == USAGE and "--from" in started.stderr and "--no-follow" not in started.stderr


def test_a_tail_that_the_api_ends_is_not_done():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b'data: {"partition":"p","offset":0,"time":"2026-01-31T09:30:00.000Z","key":"","value":1}\n\n')

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = ["--url", f"http://127.0.0.1:{server.server_port}", "--key", "ka_of_this"]
        ended = run("tail", "events", "--json", *place)
        enough = run("tail", "events", "--json", "--limit", 1, *place)
        server.shutdown()
    assert ended.returncode == UNREACHABLE and "has ended the stream" in ended.stderr, ended
    assert enough.returncode == OK and enough.stdout == ended.stdout and '"value":1' in enough.stdout, enough


def test_lists_every_erasure_page_by_page():
    pages = {"": ("era_3", "era_2", "2"), "2": ("era_1", "era_0", None)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            *ids, cursor = pages[parse_qs(urlsplit(self.path).query).get("cursor", [""])[0]]
            page = {"erasures": [{"id": id, "state": "done"} for id in ids], **({"cursor": cursor} if cursor else {})}
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = run("erasures", "--json", "--url", f"http://127.0.0.1:{server.server_port}", "--key", "ka_of_this")
        server.shutdown()
    assert told.returncode == OK, told
    assert [json.loads(line)["id"] for line in told.stdout.splitlines()] == ["era_3", "era_2", "era_1", "era_0"]


def test_tails_the_log_itself_where_that_is_at_hand_also_beside_an_address_of_the_api(people: Hub):
    engines = {name: value for name, value in people.environment.items() if name == "KITH_LOG"}
    told = run("tail", "events", "--from", "0", "--no-follow", "--json", KITH_DATA=str(people.data), KITH_URL=people.profile, **engines)
    assert told.returncode == OK and '"cli-order"' in told.stdout, told
    named = run("tail", "events", "--from", "0", "--no-follow", "--json", "--data", people.data, KITH_URL=people.profile, **engines)
    assert named.returncode == OK and '"cli-order"' in named.stdout, named
    elsewhere = run("tail", "events", "--from", "0", "--no-follow", KITH_URL=people.profile, KITH_KEY=people.admin_key)
    assert elsewhere.returncode == USAGE and "--no-follow" in elsewhere.stderr


def test_says_where_the_log_of_a_connector_is_when_it_is_not_here(tmp_path: Path):
    told = run("connector", "logs", "crm", "--data", tmp_path)
    assert told.returncode == NOT_FOUND and "docker compose logs connector" in told.stderr


def test_says_that_the_log_has_nothing_of_a_connector(people: Hub):
    told = people.kith("connector", "logs", "nobody-here")
    assert told.stdout == "" and "says nothing of “nobody-here”" in told.stderr, told


@pytest.mark.parametrize("remote", [False, True])
def test_follows_a_topic(hub, remote: bool):
    # An instance of its own: to print all that the other tests have sent would take long.
    people: Hub = hub()
    place = ["--url", people.profile, "--key", people.admin_key] if remote else ["--data", people.data]
    follow = subprocess.Popen([KITH, "tail", "events", "--json", "--from", "0", *place], stdout=subprocess.PIPE, text=True)
    try:
        wanted = f"cli-follow-{remote}"
        seen = threading.Event()

        def read():
            for line in follow.stdout:
                if json.loads(line)["value"]["messageId"] == wanted:
                    return seen.set()

        threading.Thread(target=read, daemon=True).start()
        follow.stdout.readable()
        people.send([{"type": "track", "userId": "cli-0", "messageId": wanted, "event": "Followed"}])
        assert seen.wait(300)
    finally:
        follow.kill()
        follow.wait()


def test_exports_every_profile(people: Hub, tmp_path: Path):
    people.kith("export", "--output", tmp_path / "all.ndjson")
    lines = (tmp_path / "all.ndjson").read_text().splitlines()
    assert people.one_profile("user:cli-0")["id"] in {json.loads(line)["id"] for line in lines}
    assert not (tmp_path / "all.ndjson.part").exists()
    assert len(people.kith("export").stdout.splitlines()) == len(lines)


def test_imports_a_file_and_not_twice(people: Hub, tmp_path: Path):
    file = tmp_path / "cli-people.csv"
    file.write_text("Number,Mail\n" + "".join(f"{number},cli-import-{number}@example.com\n" for number in range(30)))
    mapping = json.dumps({"externalIds": {"cli.contact": "Number"}, "email": "Mail"})
    imported = json.loads(people.kith("import", file, "--mapping", mapping, "--json").stdout)
    assert imported == {"state": "done", "records": 30, "rejected": 0, "repeated": False}
    people.settled()
    profile = people.one_profile("cli.contact:7")
    assert profile["traits"]["email"] == "cli-import-7@example.com" and profile["sources"] == ["cli-people"]
    before = people.status()["events"]
    again = people.kith("import", file, "--mapping", mapping)
    assert "It was imported before, and nothing was read now. Then it had 30 records, 0 refused." in again.stderr
    assert json.loads(people.kith("import", file, "--mapping", mapping, "--json").stdout)["repeated"] is True
    people.settled()
    assert people.status()["events"] == before
    with open(file, "a") as grown:
        grown.write("30,cli-import-30@example.com\n")
    assert people.kith("import", file, "--mapping", mapping).stderr.endswith("31 records, 0 refused.\n")


def test_an_import_that_cannot_be_says_why(people: Hub, tmp_path: Path):
    assert people.kith("import", tmp_path / "none.csv", check=False).returncode == NOT_FOUND
    (tmp_path / "x.csv").write_text("a\n1\n")
    wrong = people.kith("import", tmp_path / "x.csv", "--mapping", '{"emial": "a"}', check=False)
    assert wrong.returncode == FAILURE and "emial" in wrong.stderr
    assert people.kith("import", tmp_path / "x.csv", "--mapping", "nonsense", check=False).returncode == USAGE
    format = people.kith("import", tmp_path / "x.csv", "--format", "xml", check=False)
    assert format.returncode == USAGE and "ndjson" in format.stderr


def test_makes_and_revokes_keys(people: Hub):
    made = json.loads(people.kith("keys", "create", "write", "--source", "cli", "--json").stdout)
    listed = people.kith("keys", "list").stdout
    assert made["id"] in listed and made["secret"] not in listed
    eventually(lambda: people.post("/v1/batch", {"batch": []}, key=made["secret"]).status != 401, 60, "a known key")
    people.kith("keys", "revoke", made["id"])
    eventually(lambda: people.post("/v1/batch", {"batch": []}, key=made["secret"]).status == 401, 60, "a revoked key")
    assert people.kith("keys", "revoke", made["id"], check=False).returncode == NOT_FOUND
    assert people.kith("keys", "create", "write", check=False).returncode == USAGE


def test_shows_dead_letters(people: Hub):
    people.post("/v1/batch", {"batch": [{"type": "track", "messageId": "cli-dead", "userId": "1"}]})
    letters = eventually(lambda: people.kith("dead-letters", "list", "--message-id", "cli-dead", "--json").stdout, 60)
    letter = json.loads(letters)
    shown = people.kith("dead-letters", "show", letter["id"]).stdout
    assert letter["reason"] in shown and "cli-dead" in shown
    assert letter["id"] in people.kith("dead-letters", "--limit", "100").stdout
    assert people.kith("dead-letters", "show", "ingest@999999", check=False).returncode == NOT_FOUND
    assert people.kith("dead-letters", "replay", letter["id"], check=False).returncode == FAILURE


def test_tries_to_replay_each_dead_letter(people: Hub):
    tried = people.kith("dead-letters", "replay", "ingest@999998", "ingest@999999", check=False)
    assert tried.returncode == NOT_FOUND
    assert [line.split(" is ")[0] for line in tried.stderr.splitlines()] == ["ingest@999998", "ingest@999999"]


def test_replays_a_dead_letter_once(hub):
    """A delivery that was refused: once the other side is mended, the command goes out again."""
    with Endpoint(lambda number: ok(400 if number == 1 else 204)) as endpoint:
        running: Hub = hub("destinations:\n" + destination("crm", endpoint.url, INSIDE) + REPLAYED)
        running.send([{"type": "track", "userId": "1", "messageId": "paid", "event": "Order Completed"}])
        listed = eventually(lambda: running.kith("dead-letters", "list", "--code", "rejected", "--json").stdout, 60)
        letter = json.loads(listed)
        assert (letter["service"], letter["origin"], letter["replayTopic"]) == ("connector", "crm", "commands")
        assert len(endpoint.requests) == 1
        replayed = running.kith("dead-letters", "replay", letter["id"])
        assert replayed.stderr == f"{letter['id']} is back on commands.\n"
        eventually(lambda: len(endpoint.requests) == 2, 30, running.printed)
        first, second = endpoint.requests
        assert first[1] == second[1] == b'{"order":"paid"}' and first[0]["webhook-id"] == second[0]["webhook-id"]
        again = running.kith("dead-letters", "replay", letter["id"])
        assert again.stderr == f"{letter['id']} was already back on commands.\n"
        shown = json.loads(running.kith("dead-letters", "show", letter["id"], "--json").stdout)
        assert shown["replayedAt"]
        eventually(lambda: [event["name"] for event in running.events("user:1", order="asc")]
                   == ["Order Completed", "Message Failed", "Message Sent"], 30, running.printed)
        assert len(endpoint.requests) == 2


def test_shows_how_it_is(people: Hub):
    page = people.shown_status()
    for words in (*SERVICES, "ready", "profiles", "events/ingest", "lag", "kB"):
        assert words in page, page
    assert json.loads(people.shown_status("--json"))["profiles"] > 0


def test_a_service_that_hangs_is_named_within_seconds(hub, tmp_path: Path):
    running: Hub = hub()
    stopped = running.kill("notifier", signal.SIGSTOP)
    try:
        for command, ending in ((["status"], FAILURE), (["log-level"], UNREACHABLE), (["backup", tmp_path / "backup"], UNREACHABLE)):
            begun = time.monotonic()
            told = running.kith(*command, check=False)
            assert told.returncode == ending and "notifier does not answer" in told.stderr, told
            # Sooner than after the minute that a request has otherwise, also where the machine stands still for a while.
            assert time.monotonic() - begun < 50
        assert not (tmp_path / "backup").exists()
    finally:
        os.kill(stopped, signal.SIGCONT)
    eventually(lambda: run("status", "--data", running.data).returncode == OK, 30, running.printed)


def on_terminal(*arguments, **environment: str) -> str:
    """What a command shows on a terminal of 80 columns."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    process = subprocess.Popen([KITH, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
                               env={**os.environ, "TERM": "xterm", **environment})
    os.close(follower)
    shown = b""
    try:
        while piece := os.read(leader, 65536):
            shown += piece
    except OSError:
        pass  # The last writer has closed its end.
    os.close(leader)
    process.wait()
    return shown.decode()


def test_uses_colours_and_bars_on_a_terminal_only(people: Hub, tmp_path: Path):
    question = ["query", "user:cli-0", "--data", people.data]
    assert "\x1b[1m" in on_terminal(*question) and "\x1b" not in people.kith("query", "user:cli-0").stdout
    assert "\x1b" not in on_terminal(*question, NO_COLOR="1")
    file = tmp_path / "cli-bar.csv"
    file.write_text("email\n" + "".join(f"cli-bar-{number}@example.com\n" for number in range(5000)))
    assert "░" in on_terminal("import", file, "--data", people.data)
    assert "░" not in people.kith("import", file).stderr


def test_fits_its_tables_into_the_terminal(people: Hub):
    lines = on_terminal("search", "--trait", "cliPlan", "--data", people.data, NO_COLOR="1").splitlines()
    assert all(len(line) <= 80 for line in lines) and any("…" in line for line in lines)
    assert "…" not in people.kith("search", "--trait", "cliPlan").stdout


# Endings that a script can tell apart.

def test_says_how_it_ended(people: Hub):
    place = ["--data", people.data]
    assert run("query", "user:nobody-here", *place).returncode == NOT_FOUND
    assert run("query", "user:cli-0", *place, "--key", "kr_wrong").returncode == UNAUTHORIZED
    assert run("keys", "list", *place, "--key", people.read_key).returncode == UNAUTHORIZED
    assert run("query", "user:cli-0", "--url", "http://127.0.0.1:1", "--key", "x").returncode == UNREACHABLE
    assert run("query", "user:cli-0", "--data", "/nowhere").returncode == UNREACHABLE
    assert run("query", "user:cli-0", "--url", people.profile).returncode == UNAUTHORIZED
    assert run("query", "user:cli-0", KITH_DATA=str(people.data)).returncode == OK
    assert run("query", "user:cli-0", KITH_URL=people.profile, KITH_KEY=people.read_key).returncode == OK
    assert run("query").returncode == USAGE
    assert run("nonsense").returncode == USAGE


def test_does_not_send_the_directorys_key_elsewhere(people: Hub):
    """An address that somebody gives is not the instance whose keys lie in the directory."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers.get("Authorization"))
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        run("query", "user:cli-0", "--data", people.data, "--url", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert heard == []


COMMANDS = ["", "up", "sample", "import", "query", "search", "tail", "export", "keys", "keys create", "keys list",
            "keys revoke", "dead-letters", "dead-letters list", "dead-letters show", "dead-letters replay", "status",
            "completions"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "kith")
def test_helps_with_everything(command: str):
    helped = run(*command.split(), "--help")
    assert helped.returncode == OK and "USAGE:" in helped.stdout and helped.stderr == ""


@pytest.mark.parametrize("shell, word", [("bash", "complete"), ("zsh", "#compdef kith"), ("fish", "complete -c 'kith'")])
def test_completes_in_every_shell(shell: str, word: str):
    script = run("completions", shell)
    assert script.returncode == OK and word in script.stdout and "dead-letters" in script.stdout
    assert run("completions", "cmd").returncode == USAGE


def test_a_wish_for_an_end_is_heard_at_once(hub):
    """A second Ctrl-C does not wait for anything."""
    running: Hub = hub()
    for service in SERVICES:
        running.kill(service, signal.SIGSTOP)
    running.process.send_signal(signal.SIGINT)
    eventually(lambda: "Stopping" in running.printed(), 60, running.printed)
    begun = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(300) == 0
    # For each of the four that is ten seconds.
    assert time.monotonic() - begun < 25, "it has waited for those who stand still"

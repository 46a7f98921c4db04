"""What holds for every command of `kith`: which instance is meant, what goes to which output, and why something cannot be."""

import fcntl
import json
import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from support import Hub, eventually
from support.hub import SERVICES
from test_kith import FAILURE, KITH, OK, UNAUTHORIZED, USAGE, run

NOWHERE = "http://127.0.0.1:1"


# Which instance is meant.

def test_a_data_directory_that_is_given_counts_before_an_address_of_the_environment(kith: Hub):
    # The key beside that address is not for this instance.
    for key in ({}, {"KITH_KEY": "ka_of_another"}):
        asked = eventually(lambda: (told := run("status", "--data", kith.data, KITH_URL=NOWHERE, **key)).returncode == OK and told, 60,
                           kith.printed)
        assert "ingest" in asked.stdout, asked
    assert run("connector", "status", "--data", kith.data, KITH_URL=NOWHERE).returncode == OK


def test_an_address_that_is_given_counts_before_everything(kith: Hub):
    place = ["--url", kith.profile, "--key", kith.read_key]
    assert run("search", "nobody", *place, "--data", "/nowhere", KITH_URL=NOWHERE).returncode == OK
    assert run("search", "nobody", "--data", "/nowhere", KITH_URL=kith.profile, KITH_KEY=kith.read_key).returncode != OK
    told = run("search", "nobody", KITH_DATA="/nowhere", KITH_URL=kith.profile, KITH_KEY=kith.read_key)
    assert told.returncode == OK, told


def test_says_which_key_is_needed(kith: Hub):
    for command, scope in ((["search", "nobody"], "read"), (["keys", "list"], "admin")):
        refused = run(*command, "--url", kith.profile)
        assert refused.returncode == UNAUTHORIZED and f"This needs a key with the scope “{scope}”." in refused.stderr


# What goes to which output.

@pytest.mark.parametrize("command", [["query"], ["search", "--limit", "0"], ["connector", "list", "--nonsense"],
                                     ["query", "user:x", "--data", "/nowhere"], ["tail", "nonsense"]])
def test_every_mistake_begins_with_the_same_word(command: list[str]):
    told = run(*command)
    assert told.returncode != OK and told.stdout == "" and told.stderr.startswith("Error: "), told


@pytest.mark.parametrize("command", [["dead-letters", "list", "--limit", "0"], ["dead-letters", "list", "--limit", "201"],
                                     ["connector", "read", "crm", "--limit", "0"]])
def test_a_limit_that_cannot_be_is_a_mistake_of_the_command_line(command: list[str]):
    told = run(*command)
    assert told.returncode == USAGE and "--limit goes from 1 to" in told.stderr, told


def test_what_could_not_be_written_is_not_done():
    with open("/dev/full", "wb") as full:
        told = subprocess.run([KITH, "completions", "zsh"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=300)
    assert told.returncode == FAILURE, told
    assert told.stderr == "Error: Could not write the output: No space left on device.\n"


def test_waits_for_a_slow_reader_of_a_pipe_that_does_not_block():
    reading, writing = os.pipe()
    room = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    with open(reading, "rb") as output, subprocess.Popen([KITH, "completions", "zsh"], stdout=writing) as process:
        os.close(writing)
        eventually(lambda: waiting(reading) == room, 60, "a full pipe")
        assert output.read().decode() == run("completions", "zsh").stdout
    assert process.returncode == OK


def waiting(pipe: int) -> int:
    """How many bytes of a pipe nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_keys_are_lines_of_json(kith: Hub):
    kith.kith("keys", "create", "read", "--json")
    keys = [json.loads(line) for line in kith.kith("keys", "list", "--json").stdout.splitlines()]
    assert len(keys) >= 4 and all({"id", "scope", "createdAt"} <= key.keys() for key in keys)


def test_the_status_as_json_has_what_the_table_has(kith: Hub):
    status = json.loads(kith.shown_status("--json"))
    assert status["profiles"] >= 0 and "rulesProblem" not in status
    assert {service["name"]: service["state"] for service in status["services"]} == dict.fromkeys(SERVICES, "ready")
    assert {service["url"] for service in status["services"]} == {kith.url(service) for service in SERVICES}
    # Looking takes no more than a read key.
    assert json.loads(run("status", "--json", "--data", kith.data, "--key", kith.read_key).stdout)["services"]


def test_says_that_nothing_is_configured(kith: Hub):
    told = kith.kith("connector", "status")
    assert told.stdout == "" and "docs/sources.md" in told.stderr


# Why `kith up` cannot start.

def test_a_level_that_there_is_not_is_refused_at_once(tmp_path: Path):
    refused = run("up", "--data", tmp_path / "data", "--port", "0", "--log-level", "foo")
    assert refused.returncode == USAGE and "foo" in refused.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("environment, words", [
    ({"KITH_SEGMENT_SIZE": "foo"}, "KITH_SEGMENT_SIZE must be a size such as 64MiB, not “foo”."),
    ({"KITH_LOG": "nonsense"}, "The log's address must be like nats://"),
])
def test_what_a_service_refuses_ends_the_start_at_once_with_its_reason(tmp_path: Path, environment: dict[str, str], words: str):
    refused = run("up", "--data", tmp_path / "data", "--port", "0", **environment)
    assert refused.returncode == FAILURE
    assert f"Error: profile cannot start. {words}" in refused.stderr, refused.stderr
    assert "it starts again" not in refused.stderr and "--help" not in refused.stderr


def test_the_address_of_a_store_that_makes_no_sense_is_named_by_its_variable(tmp_path: Path):
    refused = run("up", "--data", tmp_path / "data", "--port", "0", KITH_STORE="nonsense")
    assert refused.returncode == FAILURE and "profile cannot start. KITH_STORE is not postgres://" in refused.stderr, refused.stderr

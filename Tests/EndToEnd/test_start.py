"""The four services by themselves, as an orchestrator starts them: in any order, with their secrets in files."""

import itertools
import json
import os
import resource
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import Web, eventually
from support.hub import PROGRAMS, SERVICES
from support.ports import free_port
from support.web import basic, bearer
from test_shutdown import purchase
from test_webhooks import INSIDE, THANKS, Endpoint, destination


class Started:
    """Services that were started one by one on one data directory."""

    def __init__(self, folder: Path, config: str):
        self.data = folder / "data"
        self.data.mkdir()
        (self.data / "kith.yaml").write_text(config)
        self.ports = {service: free_port() for service in SERVICES}
        self.keys = {"write": f"kw_{secrets.token_hex(16)}", "read": f"kr_{secrets.token_hex(16)}", "admin": f"ka_{secrets.token_hex(16)}"}
        self.environment = {**os.environ, "KITH_PROFILE_URL": f"http://127.0.0.1:{self.ports['profile']}"}
        for scope, key in self.keys.items():
            (folder / scope).write_text(f"{key}\n")
            self.environment[f"KITH_{scope.upper()}_KEY_FILE"] = str(folder / scope)
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self, service: str, *options: str, files: int | None = None):
        """Starts a service; `files` is how many it may have open."""
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None
        with open(self.data / f"{service}.output", "wb") as output:
            self.processes[service] = subprocess.Popen(
                [PROGRAMS / service, "--data", self.data, "--port", str(self.ports[service]), *options], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, env=self.environment, preexec_fn=limit)

    def ready(self, service: str) -> bool:
        assert self.processes[service].poll() is None, (self.data / f"{service}.output").read_text()[-3000:]
        try:
            with Web(f"http://127.0.0.1:{self.ports[service]}", timeout=60) as web:
                return web.call("GET", "/ready").status == 200
        except OSError:
            return False

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        assert {service: process.wait(300) for service, process in self.processes.items()} == dict.fromkeys(self.processes, 0)


@pytest.fixture
def crm() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.mark.parametrize("order", [order for number, order in enumerate(itertools.permutations(SERVICES)) if number % 5 == 3], ids="-".join)
def test_they_wait_for_one_another_in_whatever_order_they_start(tmp_path: Path, crm: Endpoint, order: tuple[str, ...]):
    started = Started(tmp_path, "destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS)
    try:
        for service in order:
            started.start(service)
            # Long enough to give up, if it were to.
            eventually(lambda: "Listening" in (started.data / f"{service}.output").read_text(), 60, f"{service} that lives")
        for service in SERVICES:
            eventually(lambda: started.ready(service), 60, f"a ready {service}")
        with Web(f"http://127.0.0.1:{started.ports['ingest']}") as web:
            answer = web.call("POST", "/v1/track", json.dumps(purchase("first")).encode(), basic(started.keys["write"]))
            assert answer.status == 200, answer
        eventually(lambda: crm.requests, 60, "the message")
        with Web(f"http://127.0.0.1:{started.ports['profile']}") as web:
            assert web.call("GET", "/v1/status", headers=bearer(started.keys["admin"])).status == 200
    finally:
        started.stop()


def test_connections_leave_files_for_the_log(tmp_path: Path):
    started = Started(tmp_path, "")
    try:
        started.start("profile")
        started.start("ingest", "--segment-size", "64KiB", files=128)
        for service in ["profile", "ingest"]:
            eventually(lambda: started.ready(service), 60, f"a ready {service}")
        event = json.dumps({**purchase("many"), "properties": {"text": "x" * 40_000}}).encode()
        with Web(f"http://127.0.0.1:{started.ports['ingest']}") as web:
            assert web.call("POST", "/v1/track", event, basic(started.keys["write"])).status == 200
            idle = [socket.create_connection(("127.0.0.1", started.ports["ingest"])) for _ in range(200)]
            # Each second one begins another file.
            answers = [web.call("POST", "/v1/track", event, basic(started.keys["write"])).status for _ in range(8)]
            for connection in idle:
                connection.close()
        assert answers == [200] * 8
    finally:
        started.stop()


def refused(service: str, folder: Path, port: int = 0, **environment: str) -> str:
    """What a service says that does not start."""
    done = subprocess.run([PROGRAMS / service, "--data", folder, "--port", str(port)], env={**os.environ, **environment},
                          capture_output=True, text=True, timeout=300)
    assert done.returncode != 0, done
    return done.stderr


@pytest.mark.parametrize(("service", "variable"), [("profile", "KITH_ADMIN_KEY"), ("notifier", "KITH_READ_KEY")])
@pytest.mark.parametrize(("text", "words"), [(None, "There is no such file."), ("", "It is empty."), ("\n", "It is empty.")])
def test_a_file_for_a_secret_must_have_one(tmp_path: Path, service: str, variable: str, text: str | None, words: str):
    file = tmp_path / "key"
    if text is not None:
        file.write_text(text)
    assert f"{variable}_FILE names {file}. {words}" in refused(service, tmp_path, **{f"{variable}_FILE": str(file)})


def test_a_file_for_a_secret_of_the_configuration_must_be_readable(tmp_path: Path):
    (tmp_path / "kith.yaml").write_text("destinations: [{name: crm, type: webhook, url: 'http://crm.test', secret: '${CRM_SECRET}'}]")
    # A folder cannot be read as a file, not even by root.
    said = refused("connector", tmp_path, CRM_SECRET_FILE=str(tmp_path))
    assert f"CRM_SECRET_FILE names {tmp_path}. The file cannot be read" in said and "not set" not in said


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Error: Port {port} of 127.0.0.1 is in use; " in refused("ingest", tmp_path, port)


@pytest.mark.parametrize(("variable", "value"), [
    ("KITH_LOG_LEVEL", "DEBUG"), ("KITH_PORT", "http"), ("KITH_SEGMENT_SIZE", "64"), ("KITH_DRAIN_SECONDS", "5s")])
def test_a_variable_that_makes_no_sense_is_refused(tmp_path: Path, variable: str, value: str):
    said = refused("ingest", tmp_path, **{variable: value})
    assert f"{variable} must be" in said and f"not “{value}”" in said


@pytest.mark.parametrize("host", ["::1", "::"])
def test_a_service_may_listen_on_an_address_of_version_6(tmp_path: Path, host: str):
    started = Started(tmp_path, "")
    started.environment["KITH_HOST"] = host
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("This machine has no loopback address of version 6.")
    started.start("profile")
    try:
        check = [PROGRAMS / "profile", "--data", started.data, "--port", str(started.ports["profile"]), "--health-check"]
        eventually(lambda: subprocess.run(check, env=started.environment, capture_output=True).returncode == 0, 60, "a healthy profile")
    finally:
        started.stop()


def test_a_profile_without_any_key_says_that_it_takes_one(tmp_path: Path):
    started = Started(tmp_path, "")
    given = started.environment
    output = started.data / "profile.output"
    for environment in ({name: value for name, value in given.items() if not name.endswith("_KEY_FILE")}, given):
        started.environment = environment
        started.start("profile")
        try:
            eventually(lambda: started.ready("profile"), 60, output.read_text)
            assert ("There is no key" in output.read_text()) == (environment is not given)
        finally:
            started.stop()


def test_what_stands_in_the_environment_counts_before_the_file(tmp_path: Path):
    started = Started(tmp_path, "")
    started.environment["KITH_ADMIN_KEY"] = "ka_of_the_environment"
    started.start("profile")
    try:
        eventually(lambda: started.ready("profile"), 60, "a ready profile")
        with Web(f"http://127.0.0.1:{started.ports['profile']}") as web:
            assert web.call("GET", "/v1/status", headers=bearer("ka_of_the_environment")).status == 200
            assert web.call("GET", "/v1/status", headers=bearer(started.keys["admin"])).status == 401
    finally:
        started.stop()


def test_the_key_of_suppressions_may_be_a_secret_like_others(tmp_path: Path):
    started = Started(tmp_path, "")
    started.environment["KITH_SUPPRESSION_KEY"] = "0b" * 32
    started.start("profile")
    try:
        eventually(lambda: started.ready("profile"), 60, "a ready profile")
        assert not (started.data / "suppression.key").exists()
    finally:
        started.stop()
    done = subprocess.run([PROGRAMS / "ingest", "--data", tmp_path, "--port", "0"], env={**os.environ, "KITH_SUPPRESSION_KEY": "short"},
                          capture_output=True, text=True, timeout=300)
    assert done.returncode != 0 and "KITH_SUPPRESSION_KEY: This is no suppression key" in done.stderr, done

"""The images and the compose file, for real: built, started, written to, read from, stopped and started again."""

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest

from support import Web, eventually
from support.hub import REPOSITORY, SERVICES
from support.web import basic, bearer

pytestmark = [pytest.mark.containers, pytest.mark.timeout(7200)]
PUBLISHED = ("ingest", "profile", "connector")


class Composed:
    """A project of its own, with keys and ports of its own."""

    def __init__(self):
        self.command = composer()
        self.ports = {service: free_port() for service in PUBLISHED}
        self.keys = {scope: key(prefix) for scope, prefix in (("write", "kw"), ("read", "kr"), ("admin", "ka"))}
        self.environment = {
            **os.environ,
            **{f"KITH_{service.upper()}_PORT": str(port) for service, port in self.ports.items()},
            **{f"KITH_{scope.upper()}_KEY": secret for scope, secret in self.keys.items()}}

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([*self.command, "--project-name", "kithtest", *words], cwd=REPOSITORY, text=True,
                              env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not check or done.returncode == 0, done.stdout[-8000:]
        return done

    def inside(self, service: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("exec", "-T", service, *words, check=check)

    def web(self, service: str) -> Web:
        return Web(f"http://127.0.0.1:{self.ports[service]}")

    def up(self):
        self.run("up", "--detach")
        for service in SERVICES:
            eventually(lambda: self.inside(service, "/usr/local/bin/service", "--health-check", check=False).returncode == 0,
                       60, lambda: f"a healthy {service}\n{self.run('logs', service, check=False).stdout[-3000:]}\n")


@pytest.fixture(scope="module")
def composed() -> Iterator[Composed]:
    project = Composed()
    project.run("build")
    project.up()
    yield project
    project.run("down", "--volumes", check=False)


def test_what_is_sent_to_ingest_is_read_from_profile_also_after_a_restart(composed: Composed):
    with composed.web("ingest") as web:
        body = json.dumps({"userId": "42", "traits": {"email": "ada@shop.example", "name": "Ada"}, "messageId": "in-a-box"})
        answer = web.call("POST", "/v1/identify", body.encode(), {"Content-Type": "application/json", **basic(composed.keys["write"])})
    assert answer.status == 200, answer
    eventually(lambda: has_ada(composed), 30, "the profile")
    composed.run("down")
    composed.up()
    eventually(lambda: has_ada(composed), 30, "the profile after a restart")


def has_ada(composed: Composed) -> bool:
    with composed.web("profile") as web:
        answer = web.call("GET", "/v1/profiles/email:ada@shop.example", headers=bearer(composed.keys["read"]))
    assert answer.status in (200, 404), answer
    return answer.status == 200 and answer.json()["traits"]["name"] == "Ada"


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_no_root_and_writes_only_to_its_volume(composed: Composed, service: str):
    assert composed.inside(service, "id", "-u").stdout.split()[-1] != "0"
    assert composed.inside(service, "touch", "/usr/local/bin/other", check=False).returncode != 0
    assert composed.inside(service, "touch", "/etc/other", check=False).returncode != 0


def test_the_command_line_works_from_inside(composed: Composed):
    answer = composed.inside("profile", "kith", "status", "--url", "http://127.0.0.1:8080", "--key", composed.keys["admin"])
    assert "profile" in answer.stdout


def test_it_does_not_start_without_keys(composed: Composed):
    stripped = {name: value for name, value in composed.environment.items() if not name.endswith("_KEY")}
    refused = subprocess.run([*composed.command, "ps"], cwd=REPOSITORY, env=stripped, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "KITH_WRITE_KEY" in refused.stdout + refused.stderr or "make three keys" in refused.stdout + refused.stderr


def composer() -> list[str]:
    """docker's compose where docker runs, podman's otherwise."""
    if shutil.which("docker") and subprocess.run(["docker", "compose", "ps"], capture_output=True, cwd=REPOSITORY.parent).returncode == 0:
        return ["docker", "compose"]
    assert shutil.which("podman-compose"), "This takes docker with its compose plug-in, or podman-compose."
    return ["podman-compose"]


def key(prefix: str) -> str:
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(20)).decode().lower()}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

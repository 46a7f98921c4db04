"""The images and the compose file, for real: built, started, written to, read from, stopped and started again."""

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import Web, eventually
from support.hub import REPOSITORY, SERVICES
from support.web import basic, bearer

pytestmark = [pytest.mark.containers, pytest.mark.timeout(7200)]
PUBLISHED = ("ingest", "profile", "connector")
PROJECT = "kithtest"

#: Contacts come in from a file, and go out to somebody who does not want them.
CONFIGURATION = """\
sources:
  - {name: crm, type: csv, path: contacts.csv, userNamespace: crm.contact, interval: 1s}
destinations:
  - name: nobody
    type: webhook
    url: http://ingest:8080/nowhere
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjMzSGVsbG8=
    allow: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]
rules:
  - {name: thanks, on: {event: Order Completed}, to: nobody, webhook: {body: {who: "{{identifiers.user}}"}}}
"""


class Composed:
    """A project of its own, with keys, ports and a configuration of its own."""

    def __init__(self, config: Path):
        config.chmod(0o755)
        (config / "kith.yaml").write_text(CONFIGURATION)
        (config / "contacts.csv").write_text("user_id,email,plan\n7,bob@shop.example,pro\n")
        self.command = composer()
        self.engine = "docker" if self.command[0] == "docker" else "podman"
        self.ports = {service: free_port() for service in PUBLISHED}
        self.keys = {scope: key(prefix) for scope, prefix in (("write", "kw"), ("read", "kr"), ("admin", "ka"))}
        self.environment = {
            **os.environ, "KITH_CONFIG_FOLDER": str(config),
            **{f"KITH_{service.upper()}_PORT": str(port) for service, port in self.ports.items()},
            **{f"KITH_{scope.upper()}_KEY": secret for scope, secret in self.keys.items()}}

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([*self.command, "--project-name", PROJECT, *words], cwd=REPOSITORY, text=True,
                              env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not check or done.returncode == 0, done.stdout[-8000:]
        return done

    def inside(self, service: str, *words: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command in a service's container; by the engine, because podman-compose keeps the exit code to itself."""
        options = ["--user", user] if user else []
        return subprocess.run([self.engine, "exec", *options, self.container(service), *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def container(self, service: str) -> str:
        """The id by which the engine knows a service's container."""
        labels = [f"--filter=label=com.docker.compose.{label}" for label in (f"project={PROJECT}", f"service={service}")]
        return subprocess.check_output([self.engine, "ps", "--quiet", *labels], text=True).strip()

    def inspect(self, service: str) -> dict:
        return json.loads(subprocess.check_output([self.engine, "inspect", self.container(service)]))[0]

    def health(self, service: str) -> str:
        """What the engine says of a container's health."""
        if self.engine == "podman":
            # Podman has systemd ask at intervals; where there is no systemd, nobody else would.
            subprocess.run(["podman", "healthcheck", "run", self.container(service)], capture_output=True)
        state = self.inspect(service)["State"]
        return (state.get("Health") or state["Healthcheck"])["Status"]

    def web(self, service: str) -> Web:
        return Web(f"http://127.0.0.1:{self.ports[service]}")

    def profile(self, identifier: str, path: str = "") -> dict | None:
        with self.web("profile") as web:
            answer = web.call("GET", f"/v1/profiles/{identifier}{path}", headers=bearer(self.keys["read"]))
        assert answer.status in (200, 404), answer
        return answer.json() if answer.status == 200 else None

    def send(self, call: str, body: dict):
        with self.web("ingest") as web:
            answer = web.call("POST", f"/v1/{call}", json.dumps(body).encode(),
                              {"Content-Type": "application/json", **basic(self.keys["write"])})
        assert answer.status == 200, answer

    def up(self):
        self.run("up", "--detach")
        for service in SERVICES:
            eventually(lambda: self.health(service) == "healthy", 60,
                       lambda: f"a healthy {service}\n{self.run('logs', service, check=False).stdout[-3000:]}\n")


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    project = Composed(tmp_path_factory.mktemp("config"))
    project.run("build")
    project.up()
    yield project
    project.run("down", "--volumes", check=False)


def test_what_is_sent_to_ingest_is_read_from_profile_also_after_a_restart(composed: Composed):
    composed.send("identify", {"userId": "42", "traits": {"email": "ada@shop.example", "name": "Ada"}, "messageId": "in-a-box"})
    eventually(lambda: has_ada(composed), 30, "the profile")
    composed.run("down")
    composed.up()
    eventually(lambda: has_ada(composed), 30, "the profile after a restart")


def has_ada(composed: Composed) -> bool:
    profile = composed.profile("email:ada@shop.example")
    return profile is not None and profile["traits"]["name"] == "Ada"


def test_sources_destinations_and_rules_come_from_the_folder_beside_the_compose_file(composed: Composed):
    eventually(lambda: composed.profile("crm.contact:7"), 30, "the contact from the file")
    composed.send("track", {"userId": "43", "event": "Order Completed", "messageId": "an-order"})
    # A rule was found, its message was delivered, and refused.
    eventually(lambda: "Message Failed" in names(composed, "user:43"), 30, lambda: f"an outcome, not {names(composed, 'user:43')}")


def names(composed: Composed, identifier: str) -> list[str]:
    timeline = composed.profile(identifier, "/events")
    return [event["name"] for event in timeline["events"]] if timeline else []


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_no_root_and_writes_only_to_its_volume(composed: Composed, service: str):
    assert composed.inside(service, "id", "-u").stdout.split()[-1] == "10001"
    assert composed.inside(service, "touch", "/data/probe").returncode == 0
    assert composed.inside(service, "rm", "/data/probe").returncode == 0
    # Nobody may, not even root, whom nothing but the read-only file systems keeps from it.
    assert composed.inspect(service)["HostConfig"]["ReadonlyRootfs"]
    for place in ("/usr/local/bin/other", "/etc/other", "/config/other"):
        refused = composed.inside(service, "touch", place, user="0")
        assert refused.returncode != 0 and "Read-only file system" in refused.stdout, refused


@pytest.mark.parametrize("service", SERVICES)
def test_the_engine_knows_who_is_healthy(composed: Composed, service: str):
    assert composed.health(service) == "healthy"
    nobody = composed.inside(service, "env", "KITH_PORT=9", "/usr/local/bin/service", "--health-check")
    assert nobody.returncode != 0, "a check that nothing can fail says nothing"


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

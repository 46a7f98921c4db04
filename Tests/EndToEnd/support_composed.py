"""A project of docker's compose, or of podman's: with keys, ports and a configuration of its own."""

import base64
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support import Answer, Web, eventually
from support.hub import REPOSITORY, SERVICES
from support.ports import free_port
from support.web import basic, bearer

PUBLISHED = ("ingest", "profile", "connector")
#: Who the programs are in their containers.
USER = 10001


class Composed:
    """What a compose file of the repository says, under a name of its own."""

    def __init__(self, folder: Path, configuration: str, project: str = "kithtest", file: str = "docker-compose.yml",
                 services: Sequence[str] = SERVICES):
        self.project, self.file, self.services = project, file, services
        self.config, self.secrets, self.backups = folder / "config", folder / "secrets", folder / "backup"
        self.config.mkdir()
        self.secrets.mkdir(mode=0o700)
        self.backups.mkdir()
        folder.chmod(0o755)
        (self.config / "kith.yaml").write_text(configuration)
        self.command = composer()
        self.engine = "docker" if self.command[0] == "docker" else "podman"
        self.ports = {service: free_port() for service in PUBLISHED}
        self.keys = {scope: key(prefix) for scope, prefix in (("write", "kw"), ("read", "kr"), ("admin", "ka"))}
        self.environment = {
            **os.environ, "KITH_CONFIG_FOLDER": str(self.config), "KITH_SECRETS_FOLDER": str(self.secrets),
            "KITH_BACKUP_FOLDER": str(self.backups),
            **{f"KITH_{service.upper()}_PORT": str(port) for service, port in self.ports.items()}}
        for scope, text in self.keys.items():
            self.keep(f"{scope}-key", text)

    def keep(self, name: str, secret: str):
        """Writes a secret where the containers read it."""
        (self.secrets / name).write_text(f"{secret}\n")
        (self.secrets / name).chmod(0o444)

    def build(self, *words: str):
        """Builds an image from something in the repository."""
        subprocess.run([self.engine, "build", *words], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)

    def build_command_line(self):
        """Where profiles are not known, it is not built with the rest."""
        self.build("--file", "Services/Dockerfile", "--target", "kith", "--tag", "kith", ".")

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([*self.command, "--file", self.file, "--project-name", self.project, *words], cwd=REPOSITORY,
                              text=True, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not check or done.returncode == 0, done.stdout[-8000:]
        return done

    def image_name(self, kind: str) -> str:
        """The name of a service's image, for the engine."""
        return f"localhost/kith-{kind}" if self.engine == "podman" else f"kith-{kind}"

    def image_of(self, service: str) -> str:
        """The id of the image that a service's container was made of."""
        return self.inspect(service)["Image"].removeprefix("sha256:")

    def next_image(self, kind: str) -> str:
        """An image as the next release's would be: the same contents under another id."""
        done = subprocess.run([self.engine, "build", "--quiet", "-"], input=f"FROM {self.image_name(kind)}\nLABEL release=next\n",
                              text=True, capture_output=True, check=True)
        return done.stdout.split()[-1].removeprefix("sha256:")

    def name_image(self, kind: str, image: str):
        """Makes it the image that the next containers of a service are made of."""
        subprocess.run([self.engine, "tag", image, self.image_name(kind)], check=True)

    def remove(self, service: str):
        """Stops a service's container in good order, and removes it."""
        self.run("stop", service)
        subprocess.run([self.engine, "rm", "--force", *self.containers(service)], check=True, capture_output=True)

    def inside(self, service: str, *words: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command in a service's container; by the engine, because podman-compose keeps the exit code to itself."""
        options = ["--user", user] if user else []
        return subprocess.run([self.engine, "exec", *options, self.container(service), *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def container(self, service: str) -> str:
        """The id by which the engine knows a service's container."""
        [running] = self.containers(service, "--filter=status=running")
        return running

    def containers(self, service: str, *options: str) -> list[str]:
        labels = [f"--filter=label=com.docker.compose.{label}" for label in (f"project={self.project}", f"service={service}")]
        return subprocess.check_output([self.engine, "ps", "--all", "--quiet", *labels, *options], text=True).split()

    def inspect(self, service: str) -> dict:
        return json.loads(subprocess.check_output([self.engine, "inspect", self.container(service)]))[0]

    def health(self, service: str) -> str:
        """What the engine says of a container's health."""
        told = self.told(service)
        if not told or self.engine == "docker":
            return told["State"]["Health"]["Status"] if told else "absent"
        # Debian's podman-compose puts a shell before the check, which the images have not; and it is systemd that would ask.
        check = [*told["Config"]["Entrypoint"].split(), "--health-check"]
        done = subprocess.run([self.engine, "exec", told["Id"], *check], capture_output=True)
        return "healthy" if done.returncode == 0 else "unhealthy"

    def told(self, service: str) -> dict | None:
        """What the engine tells of a service's container; nothing while none runs."""
        running = self.containers(service, "--filter=status=running")
        done = subprocess.run([self.engine, "inspect", *running], text=True, capture_output=True)
        return json.loads(done.stdout)[0] if running and done.returncode == 0 else None

    def web(self, service: str) -> Web:
        return Web(f"http://127.0.0.1:{self.ports[service]}")

    def profile(self, identifier: str, path: str = "") -> dict | None:
        with self.web("profile") as web:
            answer = web.call("GET", f"/v1/profiles/{identifier}{path}", headers=bearer(self.keys["read"]))
        assert answer.status in (200, 404), answer
        return answer.json() if answer.status == 200 else None

    def post(self, call: str, body: dict) -> Answer:
        with self.web("ingest") as web:
            return web.call("POST", f"/v1/{call}", json.dumps(body).encode(),
                            {"Content-Type": "application/json", **basic(self.keys["write"])})

    def send(self, call: str, body: dict):
        answer = self.post(call, body)
        assert answer.status == 200, answer

    def running_process(self, service: str) -> int | None:
        """The id of a service's process; nothing while there is none."""
        told = self.told(service)
        return told["State"]["Pid"] or None if told else None

    def host_process(self, service: str) -> int:
        """The id of a service's process, as this machine has it."""
        return self.inspect(service)["State"]["Pid"]

    def kith(self, *words: str) -> str:
        """Runs the command line in a container of its own."""
        return self.run("run", "--rm", "-T", "--no-deps", "kith", *words).stdout

    def up(self, *services: str):
        """Starts everything, or first some services by themselves."""
        for service in services:
            self.run("up", "--detach", service)
        self.run("up", "--detach")
        for service in self.services:
            self.await_health(service)

    def await_health(self, service: str, within: float = 60):
        eventually(lambda: self.health(service) == "healthy", within,
                   lambda: f"a healthy {service}\n{self.run('logs', service, check=False).stdout[-3000:]}\n")


def composer() -> list[str]:
    """docker's compose where docker runs, podman's otherwise."""
    if shutil.which("docker") and subprocess.run(["docker", "compose", "ps"], capture_output=True, cwd=REPOSITORY.parent).returncode == 0:
        return ["docker", "compose"]
    assert shutil.which("podman-compose"), "This takes docker with its compose plug-in, or podman-compose."
    return ["podman-compose"]


def key(prefix: str) -> str:
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(20)).decode().lower()}"

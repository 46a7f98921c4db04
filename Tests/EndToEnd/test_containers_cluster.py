"""The cluster's compose file, for real: events come in through the proxy while servers and services die."""

import os
import secrets
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from support import eventually
from support.hub import REPOSITORY, SERVICES
from support_composed import Composed

pytestmark = [pytest.mark.containers, pytest.mark.timeout(7200)]
FILE = "docker-compose.cluster.yml"
MEMBERS = [f"{service}-{number}" for service in SERVICES for number in (1, 2)]
SERVERS = ["nats-1", "nats-2", "nats-3", "postgres", "proxy"]
#: What the file names, and what stands in for it from Debian's packages where no registry is reached.
IMAGES = {"nats": "nats:2.12-alpine", "postgres": "postgres:17", "caddy": "caddy:2.10-alpine"}
PEOPLE = 20

#: Every order is told to somebody who does not want to know.
CONFIGURATION = """\
destinations:
  - name: nobody
    type: webhook
    url: http://proxy:8080/nowhere
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjMzSGVsbG8=
    allow: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]
rules:
  - {name: thanks, on: {event: Order Completed}, to: nobody, webhook: {body: {who: "{{identifiers.user}}"}}}
"""


class Orders:
    """Somebody who sends one order after another through the proxy, each again until it is taken."""

    def __init__(self, composed: Composed):
        self.composed = composed
        self.taken: dict[str, str] = {}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> "Orders":
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(60)
        assert not self.thread.is_alive(), "a sender hangs"

    def run(self):
        number = 0
        while not self.stopping.is_set():
            id, person = f"order-{number}", f"buyer-{number % PEOPLE}"
            while not self.is_taken(id, person):
                if self.stopping.wait(0.1):
                    return
            self.taken[id] = person
            number += 1

    def is_taken(self, id: str, person: str) -> bool:
        try:
            answer = self.composed.post("track", {"userId": person, "event": "Order Completed", "messageId": id})
        except OSError:
            return False
        assert answer.status == 200 or answer.status >= 500, answer
        return answer.status == 200

    def more(self, count: int):
        """Waits until so many more are taken."""
        goal = len(self.taken) + count
        eventually(lambda: len(self.taken) >= goal, 120, lambda: f"{goal} orders, not {len(self.taken)}")


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    project = Composed(tmp_path_factory.mktemp("cluster"), CONFIGURATION, "kithcluster", FILE, MEMBERS)
    nats, postgres = secrets.token_hex(16), secrets.token_hex(16)
    project.keep("suppression-key", secrets.token_hex(32))
    project.keep("nats-user", f'authorization: {{user: kith, password: "{nats}"}}')
    project.keep("log", f"nats://kith:{nats}@nats-1:4222,nats-2:4222,nats-3:4222?replicas=3")
    project.keep("postgres-password", postgres)
    project.keep("store", f"postgres://kith:{postgres}@postgres:5432/kith")
    project.hidden = [nats, postgres]
    for name, image in IMAGES.items():
        project.environment[f"KITH_{name.upper()}_IMAGE"] = image_of(project, name, image)
    try:
        for service in SERVICES:
            subprocess.run([project.engine, "build", "--file", "Services/Dockerfile", "--build-arg", f"SERVICE={service}",
                            "--tag", f"kith-{service}", "."], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
        project.build_command_line()
        project.run("up", "--detach")
        for member in MEMBERS:
            project.await_health(member, within=180)
        yield project
    finally:
        project.run("down", "--volumes", check=False)


def image_of(project: Composed, name: str, image: str) -> str:
    """The image that is named, or what stands in for it."""
    if subprocess.run([project.engine, "pull", "--quiet", f"docker.io/library/{image}"], capture_output=True).returncode == 0:
        return f"docker.io/library/{image}"
    subprocess.run([project.engine, "build", "--target", name, "--tag", f"kith-standin-{name}", "Tests/EndToEnd/standins"],
                   cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    return f"localhost/kith-standin-{name}" if project.engine == "podman" else f"kith-standin-{name}"


def kill(composed: Composed, service: str):
    """Ends its process, as the machine would; the engine starts it again."""
    victim = composed.host_process(service)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: composed.containers(service, "--filter=status=running") and composed.host_process(service) not in (0, victim),
               60, lambda: f"another {service}")


def expect_everything_once(composed: Composed, taken: dict[str, str]):
    """What was acknowledged is in the timelines, once, and has had its one effect."""
    for number in range(PEOPLE):
        person = f"buyer-{number}"
        due = {id for id, buyer in taken.items() if buyer == person}

        def missing() -> set[str]:
            return due - {event["messageId"] for event in timeline(composed, person)}

        eventually(lambda: not missing(), 120, lambda: f"{missing()} of {person}")
        eventually(lambda: outcomes(composed, person) >= len(due), 120, lambda: f"{len(due)} outcomes, not {outcomes(composed, person)}")
        events = Counter(event["messageId"] for event in timeline(composed, person))
        assert set(events.values()) == {1} and composed.profile(f"user:{person}")["eventCount"] == len(events)
        orders = sum(event["name"] == "Order Completed" for event in timeline(composed, person))
        assert outcomes(composed, person) == orders, "a message was sent twice, or not at all"


def outcomes(composed: Composed, person: str) -> int:
    return sum(event["name"] == "Message Failed" for event in timeline(composed, person))


def timeline(composed: Composed, person: str) -> list[dict]:
    events, cursor = [], ""
    while page := composed.profile(f"user:{person}", f"/events?limit=200{cursor}"):
        events += page["events"]
        if not page.get("cursor"):
            break
        cursor = f"&cursor={page['cursor']}"
    return events


def test_nothing_is_lost_or_doubled_while_servers_and_services_die(composed: Composed):
    with Orders(composed) as orders:
        orders.more(50)
        for victim in ("nats-1", "ingest-1", "postgres", "connector-1", "notifier-1", "profile-1", "proxy"):
            kill(composed, victim)
            orders.more(20)
        for member in MEMBERS:
            composed.await_health(member, within=180)
        orders.more(20)
    expect_everything_once(composed, orders.taken)
    print(f"{len(orders.taken)} orders were acknowledged")


@pytest.mark.parametrize("service", [*MEMBERS, *SERVERS])
def test_a_container_may_do_nothing_that_it_need_not(composed: Composed, service: str):
    process = composed.host_process(service)
    with open(f"/proc/{process}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    # Root of an image without a user has no right either.
    assert int(status["CapEff"], 16) == 0 and status["NoNewPrivs"] == "1", status
    assert service.startswith("nats-") or not status["Uid"].startswith("0\t"), status
    with open(f"/proc/{process}/mountinfo") as file:
        mounts = {line.split()[4]: line.split()[5].split(",") for line in file}
    assert "ro" in mounts["/"]


def test_secrets_are_in_files_only(composed: Composed):
    hidden = [*composed.keys.values(), *composed.hidden]
    for service in [*MEMBERS, *SERVERS]:
        with open(f"/proc/{composed.host_process(service)}/environ") as file:
            environment = file.read()
        told = str(composed.inspect(service)["Config"])
        assert not [secret for secret in hidden if secret in environment or secret in told], service


def test_the_command_line_reaches_everybody(composed: Composed):
    assert "profile" in composed.kith("status")

"""The cluster's compose file, for real: events come in through the proxy while servers and services die."""

import os
import secrets
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import eventually, growing
from support.hub import SERVICES
from support_composed import Composed

pytestmark = [pytest.mark.containers, pytest.mark.timeout(7200)]
MEMBERS = [f"{service}-{number}" for service in SERVICES for number in (1, 2)]
SERVERS = ["nats-1", "nats-2", "nats-3", "postgres", "proxy"]
#: What the file names, and what stands in for it from Debian's packages where no registry is reached.
IMAGES = {"nats": "nats:2.12-alpine", "postgres": "postgres:17", "caddy": "caddy:2.10-alpine"}
PEOPLE = 20
#: CAP_NET_BIND_SERVICE, without which the proxy's program is not run; podman lets it have that, docker does not.
GRANTED = {"proxy": 1 << 10}

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


class Cluster(Composed):
    """What the file says, with the secrets that it asks for."""

    def __init__(self, folder: Path):
        super().__init__(folder, CONFIGURATION, "kithcluster", "docker-compose.cluster.yml", MEMBERS)
        nats, routes, postgres = self.passwords = [secrets.token_hex(16) for _ in range(3)]
        self.keep("suppression-key", secrets.token_hex(32))
        self.keep("nats-user", f'authorization: {{user: kith, password: "{nats}"}}')
        servers = ", ".join(f'"nats://kith:{routes}@nats-{number}:6222"' for number in (1, 2, 3))
        self.keep("nats-routes", f'authorization: {{user: kith, password: "{routes}"}}\nroutes: [{servers}]')
        self.keep("log", f"nats://kith:{nats}@nats-1:4222,nats-2:4222,nats-3:4222?replicas=3")
        self.keep("postgres-password", postgres)
        self.keep("store", f"postgres://kith:{postgres}@postgres:5432/kith")
        for name, image in IMAGES.items():
            self.environment[f"KITH_{name.upper()}_IMAGE"] = self.available(name, image)

    def available(self, name: str, image: str) -> str:
        """The image that the file names, or what stands in for it where no registry is reached."""
        named = f"docker.io/library/{image}"
        if subprocess.run([self.engine, "pull", "--quiet", named], capture_output=True).returncode == 0:
            return named
        self.build("--target", name, "--tag", f"kith-standin-{name}", "Tests/EndToEnd/standins")
        if name == "nats":
            self.environment["KITH_NATS_SYNC"] = "./Tests/EndToEnd/standins/sync.conf"
        return f"localhost/kith-standin-{name}" if self.engine == "podman" else f"kith-standin-{name}"

    def start(self):
        # Not by compose, for which two that are the same would be built twice.
        for service in SERVICES:
            self.build("--file", "Services/Dockerfile", "--build-arg", f"SERVICE={service}", "--tag", f"kith-{service}", ".")
        self.build_command_line()
        self.run("up", "--detach", "--no-build")
        self.await_members()

    def await_members(self):
        for member in MEMBERS:
            self.await_health(member, within=180)

    def kill(self, service: str):
        """Ends its process, as the machine would; the engine starts it again."""
        victim = self.process(service)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: self.running_process(service) not in (None, victim), 60, f"another {service}")

    def process(self, service: str) -> int:
        """A service's process."""
        return eventually(lambda: self.running_process(service), 60, f"a running {service}")

    def timeline(self, person: str) -> list[dict]:
        events, cursor = [], ""
        while page := self.profile(f"user:{person}", f"/events?limit=200{cursor}"):
            events += page["events"]
            if not page.get("cursor"):
                break
            cursor = f"&cursor={page['cursor']}"
        return events

    def outcomes(self, person: str) -> int:
        return sum(event["name"] == "Message Failed" for event in self.timeline(person))

    def waiting(self) -> str:
        """What is still to be done, for who wonders why something does not come."""
        with self.web("connector") as web:
            lines = web.call("GET", "/metrics").text.splitlines()
        status = self.run("run", "--rm", "-T", "--no-deps", "kith", "status", check=False).stdout
        return "\n".join([*(line for line in lines if line.startswith("kith_connector_")), status])


class Orders:
    """Somebody who sends one order after another through the proxy, each again until it is taken."""

    def __init__(self, cluster: Cluster, name: str, pause: float = 0):
        self.cluster, self.name, self.pause = cluster, name, pause
        self.buyers = [f"{name}-buyer-{number}" for number in range(PEOPLE)]
        self.taken: dict[str, str] = {}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> "Orders":
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(300)
        assert not self.thread.is_alive(), "a sender hangs"

    def run(self):
        number = 0
        while not self.stopping.is_set():
            id, person = f"{self.name}-{number}", self.buyers[number % PEOPLE]
            while not self.is_taken(id, person):
                if self.stopping.wait(0.1):
                    return
            self.taken[id] = person
            number += 1
            self.stopping.wait(self.pause)

    def is_taken(self, id: str, person: str) -> bool:
        try:
            answer = self.cluster.post("track", {"userId": person, "event": "Order Completed", "messageId": id})
        except OSError:
            return False
        assert answer.status == 200 or answer.status >= 500, answer
        return answer.status == 200

    def more(self, count: int):
        """Waits until so many more are taken."""
        goal = len(self.taken) + count
        eventually(lambda: len(self.taken) >= goal, 120, lambda: f"{goal} orders, not {len(self.taken)}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    project = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        project.start()
        yield project
    finally:
        project.run("down", "--volumes", check=False)


def test_nothing_is_lost_or_doubled_while_servers_and_services_die(cluster: Cluster):
    with Orders(cluster, "dying") as orders:
        orders.more(50)
        for victim in ("nats-1", "ingest-1", "postgres", "profile-1", "profile-2", "connector-1", "notifier-1", "proxy"):
            cluster.kill(victim)
            orders.more(20)
        cluster.await_members()
        orders.more(20)
    expect_all_once(cluster, orders)


def test_an_upgrade_of_one_after_the_other_and_the_way_back(cluster: Cluster):
    former = {service: cluster.image_of(f"{service}-1") for service in SERVICES}
    later = {service: cluster.next_image(service) for service in SERVICES}
    # Every order is told to somebody, which takes longer than to take it.
    with Orders(cluster, "upgrade", pause=0.2) as orders:
        for images in (later, former):
            for member in MEMBERS:
                kind = member.rpartition("-")[0]
                cluster.name_image(kind, images[kind])
                cluster.remove(member)
                orders.more(5)
                cluster.run("up", "--detach", "--no-deps", member)
                cluster.await_health(member)
                assert cluster.image_of(member) == images[kind]
                orders.more(5)
    expect_all_once(cluster, orders)


def expect_all_once(cluster: Cluster, orders: Orders):
    print(f"{len(orders.taken)} orders were acknowledged")
    for person in orders.buyers:
        expect_once(cluster, person, orders)


def expect_once(cluster: Cluster, person: str, orders: Orders):
    """What was acknowledged is in the timeline, once, and has had its one effect."""
    due = {id for id, buyer in orders.taken.items() if buyer == person}
    # Orders are taken faster than told of, so that how long the last one takes is for the machine to say.
    growing(lambda: len(due & {event["messageId"] for event in cluster.timeline(person)}), len(due), 120,
            lambda: f"orders of {person}\n{cluster.waiting()}")
    growing(lambda: cluster.outcomes(person), len(due), 120, lambda: f"outcomes of {person}\n{cluster.waiting()}")
    events = Counter(event["messageId"] for event in cluster.timeline(person))
    assert set(events.values()) == {1} and cluster.profile(f"user:{person}")["eventCount"] == len(events)
    # One that was not acknowledged may be there as well, and then has its effect, too.
    taken = sum(event["name"] == "Order Completed" for event in cluster.timeline(person))
    assert cluster.outcomes(person) == taken, "a message was sent twice, or not at all"


@pytest.mark.parametrize("service", [*MEMBERS, *SERVERS])
def test_a_container_may_do_nothing_that_it_need_not(cluster: Cluster, service: str):
    process = Path(f"/proc/{cluster.process(service)}")
    status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
    assert not int(status["CapEff"], 16) & ~GRANTED.get(service, 0) and status["NoNewPrivs"] == "1", status
    # An image without a user runs as root, without any right.
    assert service.startswith("nats-") or not status["Uid"].startswith("0\t"), status
    mounts = {line.split()[4]: line.split()[5].split(",") for line in (process / "mountinfo").read_text().splitlines()}
    assert "ro" in mounts["/"]


def test_secrets_are_in_files_only(cluster: Cluster):
    for service in [*MEMBERS, *SERVERS]:
        environment = Path(f"/proc/{cluster.process(service)}/environ").read_text()
        [container] = cluster.containers(service)
        told = subprocess.check_output([cluster.engine, "inspect", container], text=True)
        assert not [secret for secret in [*cluster.keys.values(), *cluster.passwords] if secret in environment or secret in told], service


def test_the_command_line_reaches_everybody(cluster: Cluster):
    assert "profile" in cluster.kith("status")
    assert "Order Completed" in cluster.kith("tail", "events", "--from", "0", "--no-follow", "--json")


def test_the_store_is_dumped_in_its_container(cluster: Cluster):
    dumped = cluster.inside("postgres", "pg_dump", "--username", "kith", "--schema-only", "kith")
    assert dumped.returncode == 0 and "kith_profile" in dumped.stdout, dumped.stdout[-2000:]

"""Who is let in as one of the cluster's NATS servers, by the very files that they have in its compose file."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from Faults.nats_servers import Server
from test_compose import paste_secrets

from support import eventually
from support.hub import REPOSITORY
from support.ports import free_port

CONFIGURATION = REPOSITORY / "Services" / "deploy" / "cluster" / "nats.conf"
#: What stands for sync.conf with servers of Debian's.
SYNC = REPOSITORY / "Tests" / "EndToEnd" / "standins" / "sync.conf"


class Member(Server):
    """A server with the compose file's configuration, in which nothing but places are others."""

    def __init__(self, folder: Path, number: int, routes: list[int], secrets: dict[str, str]):
        self.number, self.routes, self.secrets = number, routes, secrets
        self.own = routes[number - 1] if number <= len(routes) else free_port()
        self.monitoring = free_port()
        super().__init__(folder, number, free_port(), routes, "127.0.0.1", ["nice"])

    def settings(self, number: int, routes: list[int]) -> str:
        for name in ("nats-user", "nats-routes"):
            places = {f"nats-{place}:6222": f"127.0.0.1:{port}" for place, port in enumerate(routes, 1)}
            (self.directory / name).write_text(replaced(self.secrets[name], places))
        (self.directory / "sync.conf").write_text(SYNC.read_text())
        text = CONFIGURATION.read_text()
        places = {
            "$NATS_NAME": f"n{number}", "0.0.0.0:4222": f"127.0.0.1:{self.port}", "0.0.0.0:6222": f"127.0.0.1:{self.own}",
            "127.0.0.1:8222": f"127.0.0.1:{self.monitoring}", '"/data"': f'"{self.directory}/data"',
            "../../run/secrets/nats_user": "nats-user", "../../run/secrets/nats_routes": "nats-routes"}
        assert all(place in text for place in places), text
        return replaced(text, places)

    def start_with(self, secrets: dict[str, str]):
        """Takes its place with other secrets."""
        self.kill()
        self.secrets = secrets
        self.configuration.write_text(self.settings(self.number, self.routes))
        self.start()

    def known(self) -> set[str]:
        """The ids of the servers that it is one with, its own among them."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitoring}/routez", timeout=60) as answer:
                told = json.load(answer)
        except OSError:
            return set()
        return {told["server_id"], *(route["remote_id"] for route in told["routes"] or [])}

    def printed(self) -> str:
        return (self.directory / "log").read_text()


def replaced(text: str, places: dict[str, str]) -> str:
    for there, here in places.items():
        text = text.replace(there, here)
    return text


def open_to_all(secrets: dict[str, str]) -> dict[str, str]:
    """The same without what says who is let in."""
    text = re.sub(r"^authorization.*\n", "", secrets["nats-routes"])
    return {**secrets, "nats-routes": re.sub(r"//[^@]*@", "//", text)}


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    return paste_secrets("docs/several-machines.md", tmp_path)


@pytest.fixture
def member(tmp_path: Path) -> Iterator[Callable[[int, dict[str, str]], Member]]:
    """Starts a server; the first three know each other's places."""
    routes = [free_port() for _ in range(3)]
    started: list[Member] = []

    def start(number: int, secrets: dict[str, str]) -> Member:
        started.append(Member(tmp_path, number, routes, secrets))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.kill()


def expect_together(members: list[Member]):
    """All know the same servers, and no others."""
    def known() -> list[set[str]]:
        return [one.known() for one in members]

    eventually(lambda: [len(ids) for ids in known()] == [len(members)] * len(members) and len(set.union(*known())) == len(members),
               60, lambda: f"one cluster, not {known()}")


def test_who_has_the_password_is_let_in_and_nobody_else(member: Callable[..., Member], secrets: dict[str, str]):
    members = [member(number, secrets) for number in (1, 2, 3)]
    expect_together(members)
    routes = secrets["nats-routes"]
    for number, others in ((4, open_to_all(secrets)), (5, {**secrets, "nats-routes": re.sub(r"kith:\w+@", "kith:guessed@", routes)})):
        stranger = member(number, others)
        eventually(lambda: stranger.printed().count("Authorization Violation") > 5, 120, stranger.printed)
        expect_together(members)


def test_servers_without_a_password_get_one_one_after_the_other(member: Callable[..., Member], secrets: dict[str, str]):
    members = [member(number, open_to_all(secrets)) for number in (1, 2, 3)]
    expect_together(members)
    for one in members:
        one.start_with(secrets)
        expect_together(members)

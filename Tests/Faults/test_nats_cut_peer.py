"""A NATS server that is cut off from its peers, but not from those who use it: they change to another one. Takes root."""

import contextlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import log_faults
import pytest

from Faults.nats_servers import Server
from support.waiting import eventually
from support_network import why_no_network

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not Path(log_faults.program()).exists(), reason="LogWriter is not built"),
]

#: For the servers to agree that one is gone, for its clients to see that, and for a slow machine.
LIMIT = 300
HOSTS = {number: f"198.19.{os.getpid() % 250}.{number}" for number in (1, 2, 3)}
OUTSIDE = f"198.19.{os.getpid() % 250}.254"


def run(command: str) -> str:
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


class Switch:
    """A network namespace with a switch, and one for each server behind a cable of its own."""

    def __init__(self):
        self.name = f"kp{os.getpid()}"

    def __enter__(self) -> "Switch":
        try:
            run(f"ip netns add {self.name}")
            run(f"ip -n {self.name} link add switch type bridge")
            run(f"ip -n {self.name} address add {OUTSIDE}/24 dev switch")
            for device in ("switch", "lo"):
                run(f"ip -n {self.name} link set {device} up")
            for number, host in HOSTS.items():
                self.add(number, host)
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def add(self, number: int, host: str):
        place = self.place(number)
        run(f"ip netns add {place}")
        run(f"ip -n {self.name} link add cable{number} type veth peer name eth0 netns {place}")
        run(f"ip -n {self.name} link set cable{number} master switch up")
        run(f"ip -n {place} address add {host}/24 dev eth0")
        for device in ("eth0", "lo"):
            run(f"ip -n {place} link set {device} up")

    def __exit__(self, *_):
        for name in [self.name, *map(self.place, HOSTS)]:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def place(self, number: int) -> str:
        return f"{self.name}-{number}"

    def cut(self, number: int):
        """Lets nothing pass between a server and the other two."""
        for other in set(HOSTS) - {number}:
            for chain, side in (("INPUT", "-s"), ("OUTPUT", "-d")):
                run(f"ip netns exec {self.place(number)} iptables --wait -A {chain} {side} {HOSTS[other]} -j DROP")

    def connected(self) -> set[int]:
        """The servers to which somebody outside is connected."""
        found = run(f"ip netns exec {self.name} ss -Htn state established")
        return {number for number, host in HOSTS.items() if re.search(rf"{re.escape(host)}:4222", found)}


class Peer(Server):
    """A server at an address of its own."""

    def settings(self, number: int, routes: list[str]) -> str:
        others = ", ".join(f'"nats://{host}:6222"' for host in routes)
        return "\n".join([
            f"server_name: n{number}",
            f'listen: "{self.host}:{self.port}"',
            "max_payload: 16MB",
            f'jetstream {{ store_dir: "{self.directory}/store" }}',
            f'cluster {{ name: kith, listen: "{self.host}:6222", routes: [{others}] }}',
        ]) + "\n"


class Writer:
    """Somebody who appends as fast as he can, and when each append was acknowledged."""

    def __init__(self, command: list[str]):
        self.acknowledged: list[float] = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            if line.startswith("ack"):
                self.acknowledged.append(time.monotonic())

    def await_one(self, since: float, within: float) -> float:
        """The seconds until an append was acknowledged."""
        limit = time.monotonic() + within
        while not (self.acknowledged and self.acknowledged[-1] > since):
            assert time.monotonic() < limit, f"nothing was acknowledged within {within} s"
            time.sleep(0.05)
        return self.acknowledged[-1] - since


@contextlib.contextmanager
def running(switch: Switch, folder: Path) -> Iterator[Writer]:
    peers = [Peer(folder, number, 4222, list(HOSTS.values()), host, ["ip", "netns", "exec", switch.place(number)])
             for number, host in HOSTS.items()]
    address = "nats://" + ",".join(f"{host}:4222" for host in HOSTS.values()) + "?replicas=3"
    try:
        for peer in peers:
            peer.start()
        append = ["ip", "netns", "exec", switch.name, log_faults.program(), "append", address, "events", "ingest", "--count"]
        # Who comes before they have agreed on a leader gives up after ten seconds.
        eventually(lambda: subprocess.run([*append, "0"], capture_output=True).returncode == 0, LIMIT, "a leader")
        writer = Writer([*append, "100000000", "--patience", "1000000", "--bytes", "50"])
        try:
            yield writer
        finally:
            writer.process.kill()
            writer.process.wait()
    finally:
        for peer in peers:
            peer.kill()


def test_clients_of_a_server_without_peers_change_to_another(tmp_path: Path):
    if reason := why_no_network():
        pytest.skip(reason)
    with Switch() as switch, running(switch, tmp_path) as writer:
        writer.await_one(0, LIMIT)
        [mine] = switch.connected()
        start = time.monotonic()
        switch.cut(mine)
        # What was under way at that moment may still be acknowledged.
        took = writer.await_one(start + 1, LIMIT)
        assert switch.connected() and mine not in switch.connected(), f"after {took} s"

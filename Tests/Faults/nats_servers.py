"""NATS servers with JetStream of a test's own: started, killed and started again where they left off."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "EndToEnd"))

from support.ports import free_port  # noqa: E402


class Server:
    """One server, with its files in a directory of its own."""

    def __init__(self, directory, number, port, routes, host, command):
        self.directory = Path(directory) / f"server-{number}"
        self.directory.mkdir(parents=True)
        self.host = host
        self.port = port
        self.command = command
        self.process = None
        self.configuration = self.directory / "nats.conf"
        self.configuration.write_text(self.settings(number, routes))

    def settings(self, number, routes):
        lines = [
            f"server_name: n{number}",
            f'listen: "{self.host}:{self.port}"',
            "max_payload: 16MB",
            f'jetstream {{ store_dir: "{self.directory}/store" }}',
        ]
        if len(routes) > 1:
            others = ", ".join(f'"nats://{self.host}:{route}"' for route in routes)
            lines.append(f'cluster {{ name: kith, listen: "{self.host}:{routes[number]}", routes: [{others}] }}')
        return "\n".join(lines) + "\n"

    def start(self):
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, os.environ.get("NATS_SERVER", "nats-server"), "-c", str(self.configuration)],
                stdout=log, stderr=log)

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.runs:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()


class Servers:
    """So many servers that know each other, on an address of this machine; a command before theirs puts them elsewhere."""

    def __init__(self, directory, count, host="127.0.0.1", command=()):
        ports = [free_port() for _ in range(count)]
        self.all = [Server(directory, number, free_port(), self.routes(number, ports), host, command) for number in range(count)]

    def routes(self, number, ports):
        """Where a server itself waits for the others, and where it finds them."""
        return ports

    @property
    def address(self):
        return self.address_by(server.port for server in self.all)

    def address_by(self, ports):
        """What somebody is told who reaches them by these ports."""
        hosts = ",".join(f"{self.all[0].host}:{port}" for port in ports)
        return f"nats://{hosts}" + ("?replicas=3" if len(self.all) > 1 else "")

    def __enter__(self):
        for server in self.all:
            server.start()
        return self

    def __exit__(self, *_):
        for server in self.all:
            server.kill()

    def start_all(self):
        for server in self.all:
            if not server.runs:
                server.start()

    def kill_at_random(self, chance, until):
        """Kills servers, mostly one, now and then two or all, and starts them again; says how many were killed."""
        kills = 0
        while time.monotonic() < until:
            # Servers take four to nine seconds to agree on a new leader.
            time.sleep(chance.choice([chance.uniform(0, 2), chance.uniform(2, 12)]))
            victims = chance.sample(self.all, min(len(self.all), chance.choice([1, 1, 1, 1, 2, 3])))
            for server in victims:
                server.kill()
                kills += 1
            time.sleep(chance.uniform(0, 1.5))
            self.start_all()
        return kills

"""Addresses behind a virtual cable, for servers that are to be cut off from those who use them. Takes root."""

import itertools
import os
import random
import shutil
import subprocess

NUMBERS = itertools.count()


class Network:
    """A network namespace with one address, ``host``; what is started with ``command`` before its own has that address.

    While a port is cut off, packets from and to it are dropped without a word, as by a cable that was pulled somewhere.
    """

    def __init__(self):
        self.name = f"kt{os.getpid()}-{next(NUMBERS)}"
        # Of the addresses that are set aside for measuring networks.
        place = f"198.18.{random.randrange(256)}.{random.randrange(64) * 4}"
        self.host, near = after(place, 2), after(place, 1)
        self.command = ("ip", "netns", "exec", self.name)
        self.steps = [
            ("ip", "netns", "add", self.name),
            ("ip", "link", "add", self.name, "type", "veth", "peer", "name", "outside", "netns", self.name),
            ("ip", "address", "add", f"{near}/30", "dev", self.name),
            ("ip", "link", "set", self.name, "up"),
            ("ip", "-netns", self.name, "address", "add", f"{self.host}/30", "dev", "outside"),
            ("ip", "-netns", self.name, "link", "set", "outside", "up"),
            ("ip", "-netns", self.name, "link", "set", "lo", "up"),
        ]

    def __enter__(self) -> "Network":
        try:
            for step in self.steps:
                run(*step)
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # The cable goes with it.
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)

    def cut(self, *ports: int):
        """Lets nothing pass any more between these ports and the outside."""
        for port in ports:
            self.filter("--append", "INPUT", "--in-interface", "outside", "--protocol", "tcp", "--dport", str(port), "--jump", "DROP")
            self.filter("--append", "OUTPUT", "--out-interface", "outside", "--protocol", "tcp", "--sport", str(port), "--jump", "DROP")

    def heal(self):
        self.filter("--flush")

    def filter(self, *words: str):
        run(*self.command, "iptables", "--wait", *words)


def why_no_network() -> str | None:
    """What this machine lacks for it."""
    missing = [program for program in ("ip", "iptables") if not shutil.which(program)]
    if missing:
        return f"takes {' and '.join(missing)}"
    try:
        with Network() as network:
            network.cut(1)
    except subprocess.CalledProcessError as failure:
        return f"takes the right to make network namespaces ({failure.stderr.strip()})"
    return None


def after(address: str, number: int) -> str:
    """The address so many places after another one of the same last byte."""
    *first, last = address.split(".")
    return ".".join([*first, str(int(last) + number)])


def run(*command: str):
    subprocess.run(command, check=True, capture_output=True, text=True)

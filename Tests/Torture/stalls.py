"""Whoever takes part stands still for a while, or is cut off from one of the others, while a twin of it is not."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

from support import eventually
from support.cable import Cable
from support.hub import SERVICES

from .engines import Fault, Pairs, pairs
from .report import Outcome


def stalls(folder: Path, programs: Path, times: int, servers: int, seconds: float, random: Random) -> Iterator[Outcome]:
    """Each time for so many seconds."""
    with pairs(folder, programs, servers) as running:
        faults = {**standstills(running, seconds, random), **cuts(running, seconds, random)}
        # Not more is to come in meanwhile than can be made up for soon.
        yield from running.try_all(faults, times, random, pause=0.2)


def standstills(running: Pairs, seconds: float, random: Random) -> dict[str, Fault]:
    twins = running.twins.members

    def one(service: str) -> list[int]:
        is_twin = resolves(running, twins[service].name) if service == "profile" else random.random() < 0.5
        return [twins[service].pid if is_twin else eventually(lambda: running.hub.pid(service))]

    def server() -> list[int]:
        return [random.choice(running.servers.all).process.pid]

    victims: dict[str, Callable[[], list[int]]] = {
        **{f"{service} of two": partial(one, service) for service in SERVICES},
        "a server": server, "PostgreSQL": running.store.processes}
    return {f"{name} stands still": partial(stand_still, of, seconds) for name, of in victims.items()}


def resolves(running: Pairs, member: str) -> bool:
    """Whether it is this one of the two that takes in events."""
    return running.store.sql("SELECT member FROM kith_profile_members.lease WHERE name = 'intake'") == [[member]]


def stand_still(victims: Callable[[], list[int]], seconds: float) -> float:
    stopped = victims()
    try:
        for pid in stopped:
            send(pid, signal.SIGSTOP)
        time.sleep(seconds)
    finally:
        for pid in stopped:
            send(pid, signal.SIGCONT)
    return time.monotonic()


def send(pid: int, number: signal.Signals):
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def cuts(running: Pairs, seconds: float, random: Random) -> dict[str, Fault]:
    peers, twins = running.servers, running.twins
    cables: dict[str, Callable[[], list[Cable]]] = {
        "one of each without log": lambda: twins.log, "one of each without store": lambda: twins.store,
        "one of each without both": lambda: twins.log + twins.store}
    if peers.cables:
        cables["a server without the others"] = lambda: peers.of(random.randrange(len(peers.all)))
    return {name: partial(cut, of, seconds) for name, of in cables.items()}


def cut(cables: Callable[[], list[Cable]], seconds: float) -> float:
    chosen = cables()
    for cable in chosen:
        cable.cut()
    time.sleep(seconds)
    for cable in chosen:
        cable.mend()
    return time.monotonic()

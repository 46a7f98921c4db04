"""Whoever takes part stands still for a while, or is cut off from one of the others, while a twin of it is not."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

from support import eventually
from support.cable import Cable
from support.hub import SERVICES, alive, send_signal

from .engines import Fault, Pairs, pairs
from .report import Outcome

#: Which member of its group the hub's own process is, where that is not the service's name.
OWN = {"profile": "profile-api"}


def stalls(folder: Path, programs: Path, times: int, servers: int, seconds: float, random: Random) -> Iterator[Outcome]:
    """Each time for so many seconds."""
    with pairs(folder, programs, servers) as running:
        faults = {**standstills(running, seconds, random), **cuts(running, seconds, random)}
        # Not more is to come in meanwhile than can be made up for soon.
        yield from running.try_all(faults, times, random, pause=0.2)


def standstills(running: Pairs, seconds: float, random: Random) -> dict[str, Fault]:
    twins = running.twins.members

    def one(service: str) -> float:
        # There is but one lease in these.
        is_twin = bool(leases(running, service, twins[service].name)) if service in ("profile", "notifier") else random.random() < 0.5
        pid = twins[service].pid if is_twin else eventually(lambda: running.hub.pid(service))
        name = twins[service].name if is_twin else OWN.get(service, service)
        stand_still(lambda: [pid], seconds, lambda: service == "ingest" or not leases(running, service, name))
        # It finds its place taken, and ends.
        eventually(lambda: service == "ingest" or not alive(pid), 15, f"the end of {name}")
        return time.monotonic()

    def server() -> list[int]:
        return [random.choice(running.servers.all).process.pid]

    return {**{f"{service} of two stands still": partial(one, service) for service in SERVICES},
            "a server stands still": lambda: stand_still(server, seconds),
            "PostgreSQL stands still": lambda: stand_still(running.store.processes, seconds)}


def leases(running: Pairs, service: str, member: str) -> list[list[str]]:
    """What a process of a service has to do."""
    schema = "kith_profile_members" if service == "profile" else f"kith_{service}"
    return running.store.sql(f"SELECT name FROM {schema}.lease WHERE member = '{member}'")


def stand_still(victims: Callable[[], list[int]], seconds: float, others: Callable[[], bool] = lambda: True) -> float:
    """Whether the others have taken its work over is looked at before it goes on."""
    stopped = victims()
    try:
        for pid in stopped:
            send(pid, signal.SIGSTOP)
        time.sleep(seconds)
        assert others(), "nobody has taken its work over"
    finally:
        for pid in stopped:
            send(pid, signal.SIGCONT)
    return time.monotonic()


def send(pid: int, number: signal.Signals):
    with suppress(ProcessLookupError):
        send_signal(pid, number)


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

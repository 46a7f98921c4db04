"""The log on NATS servers and the stores in a PostgreSQL: these are killed under load, and cut off from the services.

Where somebody is killed there are two processes of each service; the network is cut before one of each.
"""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from Faults.nats_servers import Servers

from support import Hub, eventually
from support.hub import SERVICES
from support.member import Member
from support.streams import LogStreams
from support_network import Network
from support_postgresql import PostgreSQL

from .cutter import Cutter
from .ledger import Inspector
from .load import Load, until
from .outside import BOUGHT, Outside
from .peers import Peers
from .report import Outcome
from .twins import Twins

#: After so many seconds all must be well again. Three servers may choose several times whom to follow.
RECOVERY = {1: 15.0, 3: 90.0}
#: An append waits for ten seconds; after that and a little more everybody must have an answer.
ANSWER = 15.0


#: Hurts somebody, and says from when on that can be healed.
Fault = Callable[[], float]


class Engines:
    """Servers for the log, one for the stores, and a hub that keeps everything there."""

    def __init__(self, folder: Path, programs: Path, servers: Servers, store: PostgreSQL, port: int | None = None):
        """The store may be reached by another port than its own."""
        self.outside = Outside(folder)
        environment = {"KITH_LOG": servers.address, "KITH_STORE": store.url(port=port)}
        self.hub = Hub(folder / "data", self.outside.configuration, programs, environment=environment)
        hosts = [f"nats://{server.host}:{server.port}" for server in servers.all]
        self.inspector = Inspector(self.hub, self.outside, lambda topic: LogStreams(hosts, topic))

    def __enter__(self) -> "Engines":
        self.outside.__enter__()
        self.hub.start()
        return self

    def __exit__(self, *_):
        self.hub.stop()
        self.outside.__exit__()

    def doors(self) -> list[Callable[[], str]]:
        """Where events are taken in."""
        return [lambda: self.hub.ingest]

    def is_ready(self) -> bool:
        return all(map(self.hub.is_ready, SERVICES))

    def try_out(self, population: str, fault: Fault, outcome: Outcome, pause: float = 0.05):
        """Does something to it under load, and adds to the outcome what that came to."""
        # While a store is away, no more is to come in than can be made up for soon.
        with Load(self.hub, self.outside, population, pause=pause, doors=self.doors()) as load:
            until(load, 100, within=150)
            start = fault()
            self.await_effect(load)
            recovery = time.monotonic() - start
            eventually(self.is_ready, 150, self.hub.printed)
        outcome.add(self.inspector.inspect(load.ledger, within=150), recovery)

    def await_effect(self, load: Load):
        """Somebody buys something, and is told so: everybody has to do with that."""
        event = {**load.event(0), "event": BOUGHT}
        id = event["messageId"]
        load.ledger.sending([(event["userId"], id)])
        load.deliver([id], json.dumps({"batch": [event]}).encode())
        eventually(lambda: any(id in message for message in list(self.outside.messages)), 150, self.hub.printed)


class Pairs(Engines):
    """The same with two processes of each service; the connections of all of them to the store may be cut at a COMMIT."""

    def __init__(self, folder: Path, programs: Path, servers: Peers, store: PostgreSQL, cutter: Cutter):
        super().__init__(folder, programs, servers, store, cutter.port)
        self.servers = servers
        self.store = store
        self.cutter = cutter
        self.twins = Twins(self.hub, servers, store, cutter.port)

    def doors(self) -> list[Callable[[], str]]:
        return [*super().doors(), lambda: self.twins.members["ingest"].url]

    def is_ready(self) -> bool:
        return super().is_ready() and self.twins.are_ready()

    def try_all(self, faults: dict[str, Fault], times: int, random: Random, **how: Any) -> Iterator[Outcome]:
        """Each fault has its turn before chance decides."""
        servers = len(self.servers.all)
        outcomes = {name: Outcome(f"{servers} NATS: {name}", RECOVERY[servers]) for name in faults}
        turns = list(outcomes)
        for number in range(times):
            name = turns[number] if number < len(turns) else random.choice(turns)
            self.try_out(f"pairs-{number}", faults[name], outcomes[name], **how)
        yield from (outcome for outcome in outcomes.values() if outcome.times)


@contextlib.contextmanager
def pairs(folder: Path, programs: Path, servers: int) -> Iterator[Pairs]:
    """Two processes of each service with so many servers of the log."""
    with (Peers(folder / "nats", servers) as log, PostgreSQL() as store, Cutter("127.0.0.1", store.port) as cutter,
          Pairs(folder / "hub", programs, log, store, cutter) as running, running.twins):
        yield running


def kills(folder: Path, programs: Path, times: int, servers: int, random: Random) -> Iterator[Outcome]:
    """kill -9 of whoever takes part, and connections that break at a COMMIT."""
    with pairs(folder, programs, servers) as running:
        faults = {**of_log(running.servers, random), **of_store(running.store, running.cutter, random),
                  **of_services(running.hub), **of_twins(running.twins)}
        yield from running.try_all(faults, times, random)


def of_log(log: Servers, random: Random) -> dict[str, Fault]:
    def kill(victims: int) -> float:
        for server in random.sample(log.all, victims):
            server.kill()
        time.sleep(random.uniform(0, 3))
        log.start_all()
        return time.monotonic()

    return {"kill -9 of a server": lambda: kill(1)} | ({"kill -9 of all servers": lambda: kill(3)} if len(log.all) > 1 else {})


def of_store(store: PostgreSQL, cutter: Cutter, random: Random) -> dict[str, Fault]:
    def stop() -> float:
        store.stop("immediate")
        time.sleep(random.uniform(0, 3))
        start = time.monotonic()
        store.start()
        return start

    def kill() -> float:
        # The server ends all the others, and recovers as after a crash.
        [[pid], *_] = store.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'kith'")
        os.kill(int(pid), signal.SIGKILL)
        return time.monotonic()

    def break_off() -> float:
        store.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'kith'")
        return time.monotonic()

    def cut(heard: bool) -> float:
        before = cutter.cuts
        cutter.cut(heard)
        eventually(lambda: cutter.cuts > before, 30, "a COMMIT")
        return time.monotonic()

    return {"PostgreSQL crashes": stop, "kill -9 of its process": kill, "its connections end": break_off,
            "cut before COMMIT": lambda: cut(False), "cut after COMMIT": lambda: cut(True)}


def of_services(hub: Hub) -> dict[str, Fault]:
    def kill(service: str) -> float:
        start = time.monotonic()
        hub.kill_and_await(service)
        return start

    return {f"kill -9 of {service}": partial(kill, service) for service in SERVICES}


def of_twins(twins: Twins) -> dict[str, Fault]:
    def kill(member: Member) -> float:
        member.signal(signal.SIGKILL)
        return time.monotonic()

    return {f"kill -9 of {member.name}": partial(kill, member) for member in twins.members.values()}


def network_cuts(folder: Path, programs: Path, times: int, servers: int, seconds: float,
                 only: Iterable[str] = ("log", "store", "both")) -> Iterator[Outcome]:
    """Nothing passes between the services and the log, the store or both, and then it does again."""
    with (Network() as network, Servers(folder / "nats", servers, network.host, network.command) as log,
          PostgreSQL(network.host, network.command) as store, Engines(folder / "hub", programs, log, store) as engines):
        ports = {"log": [server.port for server in log.all], "store": [store.port]}
        ports["both"] = ports["log"] + ports["store"]
        for name in only:
            outcome = Outcome(f"{servers} NATS: {seconds:g} s without {name}", RECOVERY[servers])
            for number in range(times):
                probe = Probe(engines.hub)

                def cut() -> float:
                    network.cut(*ports[name])
                    with probe:
                        time.sleep(seconds)
                    network.heal()
                    return time.monotonic()

                engines.try_out(f"{name}-{number}", cut, outcome)
                outcome.violations += probe.violations(refused=name != "store" and seconds > ANSWER)
            yield outcome


class Probe:
    """Sends one event after another while it is entered, and notes how each was answered."""

    def __init__(self, hub: Hub):
        self.hub = hub
        self.answers: list[tuple[int, float]] = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> "Probe":
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()

    def run(self):
        while not self.stopping.wait(0.1):
            start = time.monotonic()
            try:
                status = self.hub.post("/v1/track", {"userId": "probe", "event": "Probed"}).status
            except OSError:
                status = 0
            self.answers.append((status, time.monotonic() - start))

    def violations(self, refused: bool) -> Iterator[str]:
        self.thread.join(300)
        if self.thread.is_alive():
            yield "ingest does not answer"
        longest = max((seconds for _, seconds in self.answers), default=0)
        if longest > ANSWER:
            yield f"ingest answered only after {longest:.1f} s"
        statuses = {status for status, _ in self.answers}
        if not statuses <= {200, 503} or refused and 503 not in statuses:
            yield f"ingest answered with {sorted(statuses)}"

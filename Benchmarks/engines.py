"""The same bytes and the same events on every engine: the log in files and on NATS, the stores in SQLite and in PostgreSQL."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from flow import prepared, size, timed
from Generator import Options, generate
from Generator.calls import NAMESPACES
from nats_servers import Servers
from support import Hub
from support.web import basic
from support_postgresql import PostgreSQL, program

#: So many that a rate lasts half a second at least: what a reader asks for before it reads on would be a third of a shorter one.
RECORDS, RECORD_BYTES = 500_000, 1000


@dataclass
class LogRate:
    """Megabytes of records a second through Kith, and through libnats alone, which a log in files has no need of."""
    engine: str
    append: float
    read: float
    bare_append: float | None = None
    bare_read: float | None = None

    @property
    def shares(self) -> tuple[float, float]:
        assert self.bare_append and self.bare_read
        return self.append / self.bare_append, self.read / self.bare_read


def measure_logs(programs: Path, folder: Path, rounds: int) -> Iterator[LogRate]:
    """One record an append, 256 at a time; and 100 records an append, 16 at a time."""
    for servers in (0, 1, 3):
        for records, at_once in ((1, 256), (100, 16)):
            options = ["--records", RECORDS, "--bytes", RECORD_BYTES, "--records-per-append", records, "--at-once", at_once]
            runs = [log_rates(programs / "LogRate", folder, servers, options) for _ in range(rounds)]
            yield LogRate(f"{engine(servers)}, {records} record{'s' * (records > 1)} an append",
                          *(None if None in each else median(each) for each in zip(*runs)))


def engine(servers: int) -> str:
    return {0: "files", 1: "one NATS server"}.get(servers, f"{servers} NATS servers")


def log_rates(lograte: Path, folder: Path, servers: int, options: list) -> tuple[float | None, ...]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        if not servers:
            return (*rates(lograte, "log", Path(place) / "log", options), None, None)
        with running_servers(place, servers) as address:
            return *rates(lograte, "log", address, options), *rates(lograte, "bare", address, options)


def rates(lograte: Path, kind: str, address: object, options: list) -> tuple[float, float]:
    command = [str(word) for word in (lograte, kind, address, *options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    _, append, _, read = done.stdout.split()
    return float(append), float(read)


@contextmanager
def running_servers(folder: str, count: int) -> Iterator[str]:
    with Servers(folder, count) as servers:
        # A cluster has to agree on its leaders first.
        time.sleep(2 if count == 1 else 10)
        yield servers.address


@dataclass
class EngineFlow:
    """Events a second from the first POST to the last profile committed."""
    engines: str
    rate: float
    #: Events whose rows PostgreSQL takes in a second when it restores them from its own dump.
    restored: float | None = None
    #: Bytes of each event in the log and in the store of profiles, where these are files or tables.
    bytes_per_event: str = ""


def measure_flows(programs: Path, folder: Path, count: int) -> Iterator[EngineFlow]:
    """Every log with every store of profiles, each on an empty instance."""
    events = list(generate(Options(events=count)))
    for servers in (0, 1):
        for is_postgresql in (False, True):
            name = f"log on {engine(servers)}, stores in {'PostgreSQL' if is_postgresql else 'SQLite'}"
            with (tempfile.TemporaryDirectory(dir=folder) as place, running_or_none(place, servers) as nats,
                  PostgreSQL(durable=True) if is_postgresql else nullcontext() as postgresql):
                environment = {"KITH_LOG": nats} if nats else {}
                if postgresql:
                    environment["KITH_STORE"] = postgresql.url()
                with Hub(Path(place) / "data", programs=programs, environment=environment) as hub:
                    keys = {source: hub.new_write_key(source, namespace) for source, namespace in NAMESPACES.items()}
                    seconds = timed(hub, [(basic(keys[source]), body) for source, body in prepared(events)])
                    log = 0 if nats else size(hub.data / "log") / count
                yield EngineFlow(name, count / seconds, count / restoring(postgresql) if postgresql else None,
                                 f"{log:,.0f} of log, {stored(postgresql) / count:,.0f} of PostgreSQL" if postgresql else "")


def running_or_none(folder: str, servers: int):
    return running_servers(folder, servers) if servers else nullcontext()


def stored(server: PostgreSQL) -> int:
    return int(server.sql("SELECT pg_database_size(current_database())")[0][0])


def restoring(server: PostgreSQL) -> float:
    """The seconds that PostgreSQL alone takes to write the same rows and indexes, from a dump."""
    server.sql("CREATE DATABASE again")
    dump = subprocess.run([program("pg_dump"), server.url()], check=True, capture_output=True).stdout
    start = time.monotonic()
    subprocess.run([program("psql"), server.url("again"), "-Xq"], input=dump, check=True, capture_output=True)
    return time.monotonic() - start

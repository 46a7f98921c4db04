"""The engines under the instances of a test run: ``KITH_TEST_STORE=postgres`` and ``KITH_TEST_LOG=nats`` put others in their place.

One PostgreSQL serves the whole run, and each data directory has a database of its own in it; a NATS server serves one data
directory. Both go with the run.
"""

import atexit
import functools
import hashlib
import os
import tempfile
from pathlib import Path

from Faults.nats_servers import Servers
from support_postgresql import PostgreSQL


def environment(data: Path) -> dict[str, str]:
    """What an instance on a data directory is told, each time the same."""
    variables = {}
    if os.environ.get("KITH_TEST_STORE") == "postgres":
        variables["KITH_STORE"] = database(data)
    if os.environ.get("KITH_TEST_LOG") == "nats":
        variables["KITH_LOG"] = log(data)
    return variables


@functools.cache
def server() -> PostgreSQL:
    running = PostgreSQL().start()
    atexit.register(running.__exit__)
    return running


@functools.cache
def database(data: Path) -> str:
    name = "kith_" + hashlib.sha256(str(data).encode()).hexdigest()[:16]
    server().sql(f"CREATE DATABASE {name}")
    return server().url(name)


@functools.cache
def log(data: Path) -> str:
    servers = Servers(tempfile.mkdtemp(prefix="kith-nats-"), 1)
    atexit.register(servers.__exit__)
    return servers.__enter__().address

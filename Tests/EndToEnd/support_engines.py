"""The engines under the instances of a test run: ``KITH_TEST_STORE=postgres`` and ``KITH_TEST_LOG=nats`` put others in their place.

One PostgreSQL serves the whole run, and each data directory has a database of its own in it; a NATS server serves one data
directory. Both go with the run.
"""

import atexit
import functools
import hashlib
import os
import shutil
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


def profile_stores(data: Path) -> list[str]:
    """The stores of `profile` that are there; there are several while there is a rebuild."""
    if os.environ.get("KITH_TEST_STORE") != "postgres":
        return [file.stem for file in sorted(data.glob("profile*.sqlite"))]
    schemas = server().sql("SELECT nspname FROM pg_namespace WHERE nspname ~ '^kith_profile(_[0-9]+)?$' ORDER BY 1", database=name(data))
    return [schema.removeprefix("kith_").replace("_", "-") for [schema] in schemas]


@functools.cache
def server() -> PostgreSQL:
    running = PostgreSQL().start()
    atexit.register(running.__exit__)
    return running


@functools.cache
def database(data: Path) -> str:
    server().sql(f"CREATE DATABASE {name(data)}")
    return server().url(name(data))


def name(data: Path) -> str:
    return "kith_" + hashlib.sha256(str(data).encode()).hexdigest()[:16]


@functools.cache
def log_folder(data: Path) -> Path:
    """Where the files of the log are."""
    return Path(tempfile.mkdtemp(prefix="kith-nats-")) if os.environ.get("KITH_TEST_LOG") == "nats" else data / "log"


@functools.cache
def log(data: Path) -> str:
    servers = Servers(str(log_folder(data)), 1)
    # What is registered later is done first.
    atexit.register(shutil.rmtree, log_folder(data), ignore_errors=True)
    atexit.register(servers.__exit__)
    return servers.__enter__().address

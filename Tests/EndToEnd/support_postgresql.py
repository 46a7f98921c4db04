"""A real PostgreSQL: a cluster of its own on a free port, as a user of its own, since it does not run as root."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support.ports import free_port
from support.waiting import eventually

PASSWORD = "a-secret-of-postgres"


class PostgreSQL:
    """A cluster in a new folder; ``url()`` is for its owner, ``sql`` does what any other client would.

    It is on an address of this machine; a command before its own puts it elsewhere. It is faster and may lose its last
    transactions with the machine's power, unless it is durable.
    """

    def __init__(self, host: str = "127.0.0.1", command: Sequence[str] = (), durable: bool = False):
        self.host = host
        self.command = command
        self.durable = durable
        # Not in a folder of pytest's, through which no other user gets.
        self.folder = Path(tempfile.mkdtemp(prefix="kith-postgresql-"))
        self.data = self.folder / "data"
        self.log_file = self.folder / "log"
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.make(self.folder)
        if host != "127.0.0.1":
            with open(self.data / "pg_hba.conf", "a") as access:
                access.write("host all all samenet scram-sha-256\n")

    def make(self, folder: Path):
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "postgres:", folder], check=True)
        subprocess.run([*as_other(), program("initdb"), "--pgdata", self.data, "--username", "owner", "--auth", "scram-sha-256",
                        "--pwfile", folder / "password", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
                       check=True, capture_output=True, cwd="/")

    def __enter__(self) -> "PostgreSQL":
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> "PostgreSQL":
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *as_other(), program("postgres"), "-D", self.data, "-p", str(self.port),
                 "-c", f"listen_addresses={self.host}", "-c", f"fsync={'on' if self.durable else 'off'}",
                 "-c", "unix_socket_directories=", "-c", "shared_buffers=64MB"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        eventually(self.answers, 60, lambda: f"a running PostgreSQL:\n{self.log()}")
        return self

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log()
        return subprocess.run([program("psql"), self.url(), "-c", "SELECT 1"], capture_output=True).returncode == 0

    def stop(self, mode: str = "fast"):
        """Ends it; ``immediate`` is as after a power cut, and at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
            self.process.wait(300)

    def processes(self) -> list[int]:
        """The server's own process, and then those that it has started for its clients and for itself."""
        assert self.process is not None
        first = self.process.pid
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:] if self.log_file.exists() else ""

    def url(self, database: str = "postgres", user: str = "owner", password: str = PASSWORD, port: int | None = None) -> str:
        return f"postgres://{user}:{password}@{self.host}:{port or self.port}/{database}"

    def sql(self, *statements: str, database: str = "postgres") -> list[list[str]]:
        """Runs each statement on its own; the rows of all of them, NULL as an empty text."""
        commands = [part for statement in statements for part in ("-c", statement)]
        done = subprocess.run([program("psql"), self.url(database), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", *commands],
                              text=True, capture_output=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def script(self, file: Path):
        """Runs a file of statements."""
        subprocess.run([program("psql"), self.url(), "-Xq", "-v", "ON_ERROR_STOP=1", "-f", file], check=True, timeout=600)

    def session(self) -> "Session":
        return Session(self)


class Session:
    """A client that stays: what it does is in one transaction from BEGIN to COMMIT."""

    def __init__(self, server: PostgreSQL):
        self.process = subprocess.Popen([program("psql"), server.url(), "-XAtq", "-v", "ON_ERROR_STOP=1"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_):
        self.process.communicate(timeout=300)

    def run(self, statement: str):
        """Returns once it is done."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{statement};\n\\echo done\n")
        self.process.stdin.flush()
        while (line := self.process.stdout.readline()) != "done\n":
            assert line, "the session has ended"


def program(name: str) -> str:
    """The newest of those that Debian has, each version in its own folder."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(found, key=lambda path: int(re.sub(r"\D.*", "", path.parts[4])), default=None)
    return str(newest or name)


def as_other() -> list[str]:
    return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] if os.geteuid() == 0 else []

"""A PostgreSQL server of the test's own, which runs as an unprivileged user because it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.waiting import eventually
from support_connector import free_port

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


class PostgreSQL:
    """A cluster in a folder of its own, with the user and the database `crm`, and the password `secret`."""

    def __init__(self):
        assert PROGRAMS, "PostgreSQL is missing: make test-setup"
        self.programs = PROGRAMS[0]
        self.port = free_port()
        # Not below the test's own folder, into which only its user may look.
        self.folder = Path(tempfile.mkdtemp(prefix="kith-postgresql-", dir="/tmp"))
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "PostgreSQL":
        password = self.folder / "password"
        password.write_text("secret")
        if os.geteuid() == 0:
            for path in (self.folder, password):
                shutil.chown(path, "nobody")
        self.run("initdb", "--pgdata", self.data, "--username", "crm", "--pwfile", password, "--auth", "scram-sha-256",
                 "--encoding", "UTF8", "--locale", "C", "--no-sync")
        self.process = self.start(
            "postgres", "-D", self.data, "-h", "127.0.0.1", "-p", self.port, "-k", self.folder, "-c", "fsync=off")
        eventually(lambda: self.psql("SELECT 1", database="postgres", check=False) == "1", 30, "an answer of PostgreSQL")
        self.psql("CREATE DATABASE crm", database="postgres")
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def psql(self, statements: str, database: str = "crm", check: bool = True) -> str:
        """Runs statements; returns what the last one answers."""
        result = subprocess.run(
            [self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "crm",
             "-d", database, "-c", statements],
            env={**os.environ, "PGPASSWORD": "secret"}, text=True, capture_output=True, check=False)
        assert not check or result.returncode == 0, result.stderr
        return result.stdout.strip()

    def run(self, program: str, *arguments: object):
        process = self.start(program, *arguments)
        assert process.wait(60) == 0, (self.folder / "log").read_text()

    def start(self, program: str, *arguments: object) -> subprocess.Popen:
        user = {"user": pwd.getpwnam("nobody").pw_uid, "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                [self.programs / program, *map(str, arguments)], cwd=self.folder, stdout=log, stderr=log,
                **(user if os.geteuid() == 0 else {}))

"""One more process of a service, beside the one that `kith up` runs: it shares the work of its group."""

import os
import signal
import subprocess
from typing import Any

from .hub import Hub, send_signal
from .waiting import eventually
from .web import Answer, Web, bearer


class Member:
    """A process of a service under a name of its own, in the group of the hub's; what it finds in its environment may be other."""

    def __init__(self, hub: Hub, service: str, name: str, environment: dict[str, str] | None = None):
        self.hub = hub
        self.environment = environment or {}
        self.service = service
        self.name = name
        self.port_file = hub.data.parent / f"{name}.port"
        self.log_file = hub.data.parent / f"{name}.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> "Member":
        self.launch()
        eventually(self.is_ready, 60, lambda: f"a ready {self.name}\n{self.log()}")
        return self

    def launch(self):
        """Starts it without waiting."""
        self.port_file.unlink(missing_ok=True)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [self.hub.programs / self.service, "--data", self.hub.data, "--instance", self.name, "--group", self.service,
                 "--port", "0", "--port-file", self.port_file],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.hub.environment, "KITH_PROFILE_URL": self.hub.profile,
                     "KITH_READ_KEY": self.hub.read_key, **self.environment})

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        assert self.runs, self.log()
        return self.port_file.exists() and self.call("GET", "/ready").status == 200

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port_file.read_text().strip()}"

    def call(self, method: str, path: str) -> Answer:
        with Web(self.url) as web:
            return web.call(method, path, headers=bearer(self.hub.admin_key))

    def status(self, kind: str) -> dict[str, Any]:
        """What it says of the sources or destinations, by their names."""
        return {entry["name"]: entry for entry in self.call("GET", "/v1/status").json()[kind]}

    def signal(self, number: int):
        if self.runs:
            send_signal(self.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ends it in good order."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self, within: float = 300) -> int:
        assert self.process is not None
        return self.process.wait(within)

    def end(self):
        if self.runs:
            self.kill()

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:] if self.log_file.exists() else ""

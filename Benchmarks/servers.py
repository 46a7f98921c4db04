"""The servers under load: ingest alone, and what it is compared with."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support import Hub, eventually
from support.hub import peak_memory
from support.ports import free_port

HERE = Path(__file__).parent


@dataclass
class Server:
    """One that takes connections at ``url``."""
    url: str
    process: subprocess.Popen

    @property
    def memory(self) -> int:
        """The most that its process had resident so far, in MiB."""
        return peak_memory(self.process.pid)


@contextlib.contextmanager
def ingest(programs: Path, template: Path, folder: Path) -> Iterator[Server]:
    """The door and the log without anybody who reads it; its data starts as a copy of the template's."""
    data, port_file = folder / "data", folder / "port"
    shutil.copytree(template, data)
    command = [programs / "ingest", "--data", data, "--port", "0", "--port-file", port_file, "--log-level", "warning"]
    with running(command, folder) as process:
        port = int(eventually(lambda: port_file.exists() and port_file.read_text(), 10, "a listening ingest"))
        yield Server(serving(port), process)
    shutil.rmtree(data)
    port_file.unlink()


@contextlib.contextmanager
def bare_route(program: Path, folder: Path) -> Iterator[Server]:
    port = free_port()
    with running([program, str(port)], folder) as process:
        yield Server(serving(port), process)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text((HERE / "nginx.conf").read_text().replace("PORT", str(port)))
    # Started as root, it would give its worker to a user who may not look into the folder.
    folder.chmod(0o755)
    command = [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", folder, "-c", configuration]
    with running(command, folder) as process:
        yield Server(serving(port), process)


@contextlib.contextmanager
def running(command: list[object], folder: Path) -> Iterator[subprocess.Popen]:
    with open(folder / "output", "ab") as output:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def serving(port: int) -> str:
    """The server's URL, once it takes connections."""
    def connects() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    eventually(connects, 10, f"a server on port {port}")
    time.sleep(0.2)
    return f"http://127.0.0.1:{port}"


def template(programs: Path, folder: Path) -> tuple[Path, str]:
    """A data directory that has keys and nothing else, and its write key."""
    hub = Hub(folder / "template", programs=programs).start()
    hub.stop()
    return hub.data, hub.write_key

"""A name server that does not answer: what waits for it keeps to its time all the same."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from support.waiting import eventually
from support_connector import PROGRAMS, Connector

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0,
    reason="another name server takes root, and the right to mount")


@pytest.fixture
def programs(tmp_path) -> Path:
    """A connector for which there is one name server, which is asked and says nothing."""
    address = f"127.{os.getpid() % 250 + 1}.0.53"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        (tmp_path / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:25 attempts:1\n")
        program = tmp_path / "connector"
        program.write_text(
            "#!/bin/sh\nexec unshare --mount sh -c 'mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"' "
            f"{tmp_path}/resolv.conf {PROGRAMS}/connector \"$@\"\n")
        program.chmod(0o755)
        yield tmp_path


def test_a_delivery_and_the_end_do_not_wait_for_it(programs, tmp_path):
    connector = Connector(tmp_path / "data", programs=programs, config=(
        f"destinations:\n  - {{name: crm, type: webhook, url: 'http://crm.test/hook', secret: whsec_{'c3Nz' * 8}, timeout: 1s, "
        "retryFirst: 50ms, retryLongest: 50ms}\n"))
    try:
        # The machine may stand still for some seconds just then, but not each time.
        assert not all(holds_up(connector) for _ in range(3)), connector.log()
    finally:
        connector.stop()


def holds_up(connector: Connector) -> bool:
    """Whether the end waited for the name server, until that was cut off."""
    (connector.data / "connector.log").unlink(missing_ok=True)
    connector.start()
    connector.command("crm", {"body": 1})
    eventually(lambda: connector.status("destinations", "crm").get("error"), 60, connector.log)
    begun = time.monotonic()
    assert connector.stop() == 0
    return time.monotonic() - begun >= 8 or "in the middle of something" in connector.log()

"""What a test run may be told, and which tests a machine cannot run."""

import os
import re
import tempfile
from pathlib import Path

import pytest

#: A file system in memory, and how many bytes must be free for whatever the tests write to lie there.
MEMORY, ROOM = Path("/dev/shm"), 8 << 30


def has_room() -> bool:
    """Whether what the tests write may lie in memory, and be run from there."""
    try:
        status = os.statvfs(MEMORY)
        free = 1024 * int(re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.M)[1])
    except (OSError, TypeError):
        return False
    return min(free, status.f_bavail * status.f_frsize) >= ROOM and not status.f_flag & os.ST_NOEXEC


# How long a disk takes to sync is not for these tests to prove, and one that others use as well may take many seconds.
if "TMPDIR" not in os.environ and has_room():
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None


def pytest_addoption(parser: pytest.Parser):
    parser.addoption("--containers", action="store_true", help="build and start the container images")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]):
    for item in items:
        if item.get_closest_marker("containers") and not config.getoption("--containers"):
            item.add_marker(pytest.mark.skip(reason="make test-containers runs it"))
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="takes root"))

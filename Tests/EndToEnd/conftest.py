"""The fixtures of the end-to-end tests.

``kith`` is one running instance that all tests share: each uses people and sources of its own in it. ``hub`` makes an
instance of one's own, for a test that configures, kills or stops it.
"""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import support_engines
from support import Hub

Hub.surroundings = staticmethod(support_engines.environment)


@pytest.fixture(scope="session", autouse=True)
def stops_as_by_hand():
    """A program started in the background ignores SIGINT and hands that down; the tests stop theirs with it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def kith(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub(tmp_path_factory.mktemp("kith") / "data") as hub:
        yield hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    """``hub(config=…, options=…)`` starts an instance; it ends with the test."""
    hubs: list[Hub] = []

    def start(config: str | None = None, name: str = "data", **arguments) -> Hub:
        hubs.append(Hub(tmp_path / name, config, **arguments))
        return hubs[-1].start()

    yield start
    for running in hubs:
        running.stop()

"""The torture in three minutes: every fault a few times, but of those of the engines only one, as they take minutes by themselves."""

from collections.abc import Iterator
from pathlib import Path
from random import Random, randrange

import pytest

from support import Hub
from support.hub import PROGRAMS
from support_network import why_no_network

from Torture import disks, engines, erasures, kills, orders, poison, report
from Torture.ledger import Inspector
from Torture.outside import Outside
from Torture.report import Outcome


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch):
    """Other tests run beside these: how soon all is well again, where nothing hangs, is for `make torture` to say."""
    monkeypatch.setattr(report, "RECOVERY", 300.0)
    monkeypatch.setattr(poison, "STILL", 300.0)
    monkeypatch.setattr(erasures, "DONE", 400.0)
    monkeypatch.setattr(engines, "RECOVERY", {1: 300.0, 3: 450.0})
    # Less than the network is cut for.
    monkeypatch.setattr(engines, "ANSWER", 45.0)


@pytest.fixture
def chance() -> Random:
    """Random choices that can be made again."""
    seed = randrange(1 << 30)
    print(f"seed {seed}")
    return Random(seed)


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    """One hub with what is around it; it survives whatever is done to it."""
    folder = tmp_path_factory.mktemp("torture")
    with Outside(folder) as outside, Hub(folder / "data", outside.configuration) as hub:
        yield Inspector(hub, outside)


def expect_clean(outcomes: Iterator[Outcome]):
    for outcome in outcomes:
        print(outcome)
        assert outcome.is_clean, outcome


def test_kills_at_random_instants(inspector: Inspector, chance: Random):
    expect_clean(kills.random_kills(inspector, 8, chance))


@pytest.mark.root
def test_a_failing_fdatasync(inspector: Inspector):
    expect_clean(disks.failed_syncs(inspector, 2))


@pytest.mark.root
def test_a_slow_disk(inspector: Inspector):
    expect_clean(disks.slow_disk(inspector, 3))


@pytest.mark.root
def test_power_cuts(tmp_path: Path, chance: Random):
    expect_clean(disks.power_cuts(tmp_path, PROGRAMS, 2, chance))


@pytest.mark.root
def test_a_full_disk(tmp_path: Path):
    expect_clean(disks.full_disks(tmp_path, PROGRAMS, 1))


def test_poison_events(tmp_path: Path):
    expect_clean(poison.poison_events(tmp_path, PROGRAMS, 1))


def test_erasures(tmp_path: Path, chance: Random):
    expect_clean(erasures.erasures(tmp_path, PROGRAMS, 3, chance))


def test_another_order(tmp_path: Path, chance: Random):
    expect_clean(orders.other_orders(tmp_path, PROGRAMS, 1, 2000, chance))


@pytest.mark.root
def test_services_without_log_and_store(tmp_path: Path):
    if reason := why_no_network():
        pytest.skip(reason)
    expect_clean(engines.network_cuts(tmp_path, PROGRAMS, 1, 1, 50, ["both"]))

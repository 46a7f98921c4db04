"""The torture in a minute: every fault, a few times each."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from support import Hub
from support.hub import PROGRAMS

from Torture import disks, kills
from Torture.report import Outcome


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub(tmp_path_factory.mktemp("torture") / "data") as hub:
        yield hub


def expect_clean(outcomes: Iterator[Outcome]):
    for outcome in outcomes:
        print(outcome)
        assert outcome.is_clean, outcome


def test_kills_at_random_instants(victim: Hub):
    expect_clean(kills.random_kills(victim, 8, Random()))


@pytest.mark.root
def test_a_failing_fdatasync(victim: Hub):
    expect_clean(disks.failed_syncs(victim, 2))


@pytest.mark.root
def test_power_cuts(tmp_path: Path):
    expect_clean(disks.power_cuts(tmp_path, PROGRAMS, 2, Random()))


@pytest.mark.root
def test_a_full_disk(tmp_path: Path):
    expect_clean(disks.full_disks(tmp_path, PROGRAMS, 1))

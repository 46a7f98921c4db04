"""The short form of the log's faults; `python3 Tests/Faults/log_faults.py SCALE` is the long one."""

import os
import shutil
from pathlib import Path

import pytest

import log_faults

pytestmark = pytest.mark.skipif(not Path(log_faults.program()).exists(), reason="LogWriter is not built")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def test_a_writer_killed_at_any_instant_loses_nothing_acknowledged():
    assert log_faults.kill_at_any_instant(20)["acknowledged"] > 0


@needs_strace
def test_a_writer_killed_at_any_call_loses_nothing_acknowledged():
    kills = log_faults.kill_at_every_call(step=5)["kills"]
    assert set(kills) == {"mkdir", "pwrite64", "fdatasync", "fsync", "rename"}, kills


@needs_strace
def test_a_failing_sync_acknowledges_nothing_and_ends_the_segment():
    assert log_faults.failing_sync(6)["failures"] > 0


@needs_strace
def test_a_failing_write_keeps_nothing_of_its_append():
    log_faults.failing_write(4)


@needs_strace
def test_appends_share_the_syncs_of_a_slow_disk():
    assert log_faults.slow_disk(96)["acknowledged"] == 96


@needs_root
def test_a_full_disk_refuses_appends_until_there_is_room():
    assert log_faults.full_disk(1)["refused"] > 0


@needs_root
def test_a_power_cut_loses_nothing_acknowledged():
    assert log_faults.power_cut(2)["acknowledged"] > 0


def test_every_flipped_bit_is_reported():
    counts = log_faults.flipped_bits(150)
    assert counts["flips"] == counts["reported"]


def test_missing_files_are_reported_and_nothing_is_changed():
    assert log_faults.missing_files()["reported"] == 4


def test_a_second_writer_is_told_who_holds_the_lane():
    assert log_faults.two_writers()["refused"] == 1

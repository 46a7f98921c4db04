"""The short form of the faults of rewriting; `python3 Tests/Faults/rewriting_faults.py SCALE` is the long one."""

import rewriting_faults
from test_log_faults import needs_root, needs_strace, pytestmark

__all__ = ["pytestmark"]


@needs_strace
def test_a_rewriting_killed_at_any_call_is_finished_by_the_next():
    kills = rewriting_faults.killed_at_every_call(step=4)["kills"]
    assert set(kills) == {"mkdir", "pwrite64", "fdatasync", "fsync", "rename"}, kills


@needs_strace
def test_a_rewriting_whose_calls_fail_changes_nothing_by_halves():
    assert rewriting_faults.failing_calls(2)["failures"] > 0


@needs_root
def test_a_full_disk_leaves_everything_as_it_was():
    rewriting_faults.full_disk(1)


@needs_root
def test_what_was_erased_does_not_come_back_after_a_power_cut():
    rewriting_faults.power_cut(2)


def test_readers_see_no_damage_while_segments_are_rewritten():
    assert rewriting_faults.readers_meanwhile(10, base=rewriting_faults.MEMORY)["readings"] > 0

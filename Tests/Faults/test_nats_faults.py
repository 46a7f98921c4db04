"""The short form of the faults on NATS; `python3 Tests/Faults/nats_faults.py SCALE` is the long one."""

from pathlib import Path

import pytest

import log_faults
import nats_faults

pytestmark = pytest.mark.skipif(not Path(log_faults.program()).exists(), reason="LogWriter is not built")


def test_servers_killed_at_random_lose_nothing_acknowledged():
    assert nats_faults.servers_killed(15)["acknowledged"] > 0


def test_a_single_server_killed_at_random_loses_nothing_acknowledged():
    assert nats_faults.servers_killed(5, count=1)["acknowledged"] > 0


def test_a_second_writer_is_refused_and_a_killed_one_replaced_at_once():
    assert nats_faults.two_writers()["refused"] == 1


def test_the_lanes_of_several_producers_are_seen():
    assert nats_faults.several_producers()["found"] == 12


def test_nothing_of_a_rewritten_record_is_left_in_any_file():
    assert nats_faults.rewritten(100)["left"] == 0

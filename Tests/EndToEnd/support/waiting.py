"""Waiting for something to become true, and never longer than allowed."""

import time
from collections.abc import Callable
from typing import TypeVar

#: How many times as long as on a machine of its own everything may take: others may use it, and hold up a process or the disk.
PATIENCE = 5
Value = TypeVar("Value")


class TookTooLong(AssertionError):
    """What was awaited did not come."""


def eventually(probe: Callable[[], Value], within: float = 30, what: str | Callable[[], str] = "") -> Value:
    """The first true value of the probe, asked often at first and more seldom later.

    The limit is for a machine that does nothing else; it is there to end what would never happen, and proves nothing of how soon
    something does.
    """
    return promptly(probe, within * PATIENCE, what)


def promptly(probe: Callable[[], Value], within: float, what: str | Callable[[], str] = "") -> Value:
    """The same where the time is what is to be proven: as many seconds, whatever else the machine does."""
    deadline = time.monotonic() + within
    pause = 0.005
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TookTooLong(f"{what() if callable(what) else what or probe} did not happen within {within} s")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def growing(count: Callable[[], int], goal: int, within: float, what: Callable[[], str]):
    """Waits until a count has reached its goal: for as long as that takes, while no step of it takes longer than allowed."""
    reached = count()
    while reached < goal:
        reached += eventually(lambda: max(count() - reached, 0), within, lambda: f"more than {reached} of {goal} {what()}")

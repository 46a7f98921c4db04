"""How long something took, again and again."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Latencies:
    """Milliseconds, one for each time."""
    samples: list[float]

    def quantile(self, share: float) -> float:
        return sorted(self.samples)[min(len(self.samples) - 1, int(share * len(self.samples)))]

    def __str__(self) -> str:
        if len(self.samples) == 1:
            return f"{self.samples[0]:,.1f} ms"
        return f"p50 {statistics.median(self.samples):,.1f} ms, p99 {self.quantile(0.99):,.1f} ms, of {len(self.samples)}"


@dataclass
class NotMeasured:
    """Why there is no figure."""
    reason: str

    def __str__(self) -> str:
        return f"not measured: {self.reason}"


#: What was measured, by what it is called.
Timings = dict[str, Latencies | NotMeasured]


def until(holds: Callable[[], bool], since: float, within: float = 120) -> float:
    """Asks again and again, and returns the milliseconds since that moment once it holds."""
    while not holds():
        if time.monotonic() - since > within:
            raise TimeoutError(f"nothing to be seen after {within} s")
    return (time.monotonic() - since) * 1000


def slowest_of(kind: str, timings: Timings) -> float | None:
    """The p99 of what takes longest of those whose names begin so; `None` if none was measured."""
    measured = [figures for name, figures in timings.items() if name.startswith(kind) and isinstance(figures, Latencies)]
    return max((figures.quantile(0.99) for figures in measured), default=None)


def print_timings(title: str, timings: Timings):
    print(f"\n{title}")
    for name, figures in timings.items():
        print(f"{name:<52}{figures}", flush=True)

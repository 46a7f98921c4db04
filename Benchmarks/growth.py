"""Whether the rate stays as the store grows: stretches of one stream, each timed from its first POST to its last commit."""

import itertools
from pathlib import Path
from statistics import median

import flow
from Generator import Options, generate
from Generator.calls import NAMESPACES
from support import Hub
from support.web import basic

STRETCH = 200_000
#: Stretches that a rate is the median of, where there are as many.
TURNS = 5


def measure(programs: Path, folder: Path, early: int, late: int) -> tuple[float, float]:
    """Events a second with so many events in a store, and with so many in another one that has had the same stream.

    The last stretches of both are timed in turn: a machine that others use as well is not equally fast for an hour.
    """
    stretch = min(STRETCH, early)
    turns = TURNS if early >= TURNS * stretch else 1
    with (Hub(folder / "early", programs=programs) as young, Hub(folder / "late", programs=programs) as old):
        stores = (Growing("early", young, late, stretch), Growing("late", old, late, stretch))
        # The median of the one is that of the stretches around its goal, of the other that of those before it.
        stores[0].grow(early - (turns // 2 + 1) * stretch)
        stores[1].grow(late - turns * stretch)
        rates = [tuple(store.timed_stretch() for store in stores) for _ in range(turns)]
    return median(rate for rate, _ in rates), median(rate for _, rate in rates)


class Growing:
    """A store that takes in one stretch of a stream after another."""

    def __init__(self, name: str, hub: Hub, events: int, stretch: int):
        self.name, self.hub, self.stretch = name, hub, stretch
        self.keys = {source: hub.new_write_key(source, namespace) for source, namespace in NAMESPACES.items()}
        self.stream = generate(Options(events=events))
        self.events = 0

    def grow(self, events: int):
        while self.events < events:
            self.timed_stretch()

    def timed_stretch(self) -> float:
        """Sends the next stretch, and returns the events a second."""
        part = list(itertools.islice(self.stream, self.stretch))
        posts = [(basic(self.keys[source]), body) for source, body in flow.prepared(part)]
        rate = len(part) / flow.timed(self.hub, posts, within=3600)
        self.events += len(part)
        print(f"{self.name:>8}{self.events:>12,} events: {rate:,.0f}/s", flush=True)
        return rate

"""Whether the rate stays as the store grows: stretches of one stream, each timed from its first POST to its last commit."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import flow
from Generator import Options, generate
from Generator.calls import NAMESPACES
from support import Hub
from support.web import basic

STRETCH = 200_000


@dataclass
class Growth:
    """Events a second in each stretch."""
    stretch: int
    rates: list[float]

    def rate_at(self, events: int) -> float:
        """That of the stretch that ends with so many events in the store; of many, the median of the five nearest to it, since
        a machine that others use as well has slow moments."""
        near = 2 if len(self.rates) >= 20 else 0
        place = min(max(1, events // self.stretch), len(self.rates)) - 1
        first = max(0, min(place - near, len(self.rates) - 2 * near - 1))
        return median(self.rates[first:first + 2 * near + 1])


def measure(programs: Path, folder: Path, events: int) -> Growth:
    stretch = min(STRETCH, events)
    with Hub(folder / "growth", programs=programs) as hub:
        keys = {source: hub.new_write_key(source, namespace) for source, namespace in NAMESPACES.items()}
        stream, rates = generate(Options(events=events)), []
        while part := list(itertools.islice(stream, stretch)):
            posts = [(basic(keys[source]), body) for source, body in flow.prepared(part)]
            rates.append(len(part) / flow.timed(hub, posts, within=3600))
            print(f"{len(rates) * stretch:>12,} events: {rates[-1]:,.0f}/s", flush=True)
    return Growth(stretch, rates)

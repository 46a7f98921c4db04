"""Who is who in memory, on generated streams: how well it agrees with the truth, and how fast it is on one core."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from Generator import Options
from Generator.__main__ import write

SEEDS = (1, 2, 3)
COLUMNS = {"events": "events", "people": "people", "precision": "precision", "recall": "recall",
           "oraclePrecision": "oracle's precision", "oracleRecall": "oracle's recall", "shareOfOracle": "recall, share of the oracle's",
           "mixed": "profiles that mix people", "largestMix": "most people in one profile",
           "largestProfile": "most identifiers in one profile", "mostEvents": "most events of one profile",
           "overLimits": "profiles over the limits", "factsRate": "facts of events, a second",
           "resolvingRate": "resolved and folded, a second", "bothRate": "both, a second"}


@dataclass
class Resolved:
    """What IdentityScore says of each seed's stream."""
    reports: list[dict]

    def worst(self, figure: str, choose) -> float:
        return choose(report[figure] for report in self.reports)

    @property
    def missed(self) -> list[str]:
        return [reason for report in self.reports for reason in report["missed"]]

    def __str__(self) -> str:
        return "\n".join(f"{name:<34}" + "".join(f"{written(report[key]):>14}" for report in self.reports)
                         for key, name in COLUMNS.items())


def written(figure: float) -> str:
    return f"{figure:.5f}" if isinstance(figure, float) else f"{figure:,}"


def measure(programs: Path, folder: Path, people: int) -> Resolved:
    """A stream of ten events for each of the people, from each seed."""
    return Resolved(list(reports(programs, folder / "stream", people)))


def reports(programs: Path, folder: Path, people: int) -> Iterator[dict]:
    for seed in SEEDS:
        write(folder, Options(events=10 * people, people=people, seed=seed))
        # It ends with 1 where a bound is missed, and its report says which.
        run = subprocess.run([programs / "IdentityScore", folder], stdout=subprocess.PIPE, text=True)
        yield json.loads(run.stdout)

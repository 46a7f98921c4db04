"""Figures in columns, and goals beside what was reached."""

import operator
from collections.abc import Iterable
from dataclasses import dataclass

from load import Run


@dataclass
class Goal:
    name: str
    figure: float
    relation: str
    bound: float

    @property
    def is_met(self) -> bool:
        return {">=": operator.ge, "<=": operator.le}[self.relation](self.figure, self.bound)


def print_rows(title: str, columns: Iterable[int], rows: Iterable[tuple[str, dict[int, Run]]]):
    """One row a server, one column a number of connections."""
    columns = list(columns)
    print(f"\n{title}")
    print(" " * 28 + "".join(f"{column:>28}" for column in columns))
    for name, runs in rows:
        print(f"{name:<28}" + "".join(f"{cell(runs[column]):>28}" for column in columns), flush=True)


def cell(run: Run) -> str:
    return f"{run.rate:,.0f} ({run.p50:.2f} / {run.p99:.2f})"


def print_goals(goals: Iterable[Goal]):
    print(f"\n{'':6}{'':<54}{'goal':>14}{'figure':>14}")
    for goal in goals:
        mark = "met" if goal.is_met else "MISSED"
        print(f"{mark:<8}{goal.name:<52}{goal.relation:>4} {number(goal.bound):>9}{number(goal.figure):>14}")


def number(value: float) -> str:
    if 0.9 < value < 1:
        return f"{value:.4f}"
    return f"{value:,.2f}" if value < 100 and value != int(value) else f"{value:,.0f}"

"""What each fault came to: one line each, and whether anything in it must not be."""

from dataclasses import dataclass, field

from .ledger import Verdict

#: How long a service may take from its death to its being ready again.
RECOVERY = 2.0


@dataclass
class Outcome:
    """The sum over all repetitions of one fault."""
    fault: str
    times: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    recoveries: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def add(self, verdict: Verdict, recovery: float | None = None):
        self.times += 1
        self.verdict += verdict
        if not verdict.is_clean:
            self.violations.append(f"repetition {self.times}: {verdict}")
        if recovery is not None:
            self.recoveries.append(recovery)
            if recovery > RECOVERY:
                self.violations.append(f"repetition {self.times}: ready again after {recovery:.2f} s")

    @property
    def is_clean(self) -> bool:
        return self.times > 0 and not self.violations

    def __str__(self) -> str:
        line = f"{'ok  ' if self.is_clean else 'FAIL'}  {self.fault:<24} {self.times:>4} times: {self.verdict}"
        if self.recoveries:
            ordered = sorted(self.recoveries)
            line += f"; ready again after {ordered[len(ordered) // 2]:.2f} s (median), {ordered[-1]:.2f} s (worst)"
        return "\n".join(["; ".join([line, *self.notes]), *(f"        {violation}" for violation in self.violations)])

"""What each fault came to: one line each, and whether anything in it must not be."""

from dataclasses import dataclass, field

from .ledger import Verdict

#: How long a service may take from its death to its being ready again, on a machine that does nothing else.
RECOVERY = 2.0


@dataclass
class Outcome:
    """The sum over all repetitions of one fault, and how long it may take until all is well again; else as long as a service may."""
    fault: str
    bound: float | None = None
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
            if recovery > (RECOVERY if self.bound is None else self.bound):
                self.violations.append(f"repetition {self.times}: well again only after {recovery:.2f} s")

    @property
    def is_clean(self) -> bool:
        return self.times > 0 and not self.violations

    def __str__(self) -> str:
        head = f"{'ok  ' if self.is_clean else 'FAIL'}  {self.fault:<26} {self.times:>4} times"
        parts = [str(self.verdict)] if self.verdict.acknowledged else []
        if self.recoveries:
            ordered = sorted(self.recoveries)
            parts.append(f"well again after {ordered[len(ordered) // 2]:.2f} s (median), {ordered[-1]:.2f} s (worst)")
        line = f"{head}: {'; '.join(parts + self.notes)}"
        return "\n".join([line, *(f"        {violation}" for violation in self.violations)])

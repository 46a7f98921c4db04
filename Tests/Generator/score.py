"""How well predicted profiles agree with the truth: pairwise and B-cubed precision and recall over message ids."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Agreement:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __str__(self) -> str:
        return f"precision {self.precision:.4f}, recall {self.recall:.4f}, F1 {self.f1:.4f}"


@dataclass
class Score:
    events: int
    people: int
    profiles: int
    missing: int
    pairwise: Agreement
    b_cubed: Agreement
    mixed: int
    split: int

    def __str__(self) -> str:
        return (f"{self.events} events of {self.people} people in {self.profiles} profiles, {self.missing} missing\n"
                f"pairwise: {self.pairwise}\nB-cubed:  {self.b_cubed}\n"
                f"{self.mixed} profiles mix people, {self.split} people are split")


def score(truth: Iterable[tuple[str, str, str]], predicted: dict[str, str], skipped: str = "k") -> Score:
    """Compares (message id, person, flags) with the profile of each message id.

    A message counts once; those with a flag of ``skipped`` do not count. A missing message is a profile of its own.
    """
    person_of = {message: person for message, person, flags in truth if not set(flags) & set(skipped)}
    profile_of = {message: predicted.get(message, f"missing:{message}") for message in person_of}
    people, profiles = Counter(person_of.values()), Counter(profile_of.values())
    both = Counter((person_of[message], profile_of[message]) for message in person_of)
    agreed = pairs(both)
    events = len(person_of)
    return Score(
        events=events, people=len(people), profiles=len(profiles),
        missing=sum(message not in predicted for message in person_of),
        pairwise=Agreement(ratio(agreed, pairs(profiles)), ratio(agreed, pairs(people))),
        b_cubed=Agreement(
            ratio(sum(n * n / profiles[profile] for (_, profile), n in both.items()), events),
            ratio(sum(n * n / people[person] for (person, _), n in both.items()), events)),
        mixed=repeated(profile for _, profile in both), split=repeated(person for person, _ in both))


def pairs(counts: Counter) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def repeated(values: Iterable[str]) -> int:
    return sum(n > 1 for n in Counter(values).values())


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0

"""What people decide over the API, timed until a query shows it."""

import json
import time
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from support import Hub, Web
from support.web import bearer
from timing import Latencies, NotMeasured, Timings, until

WORD = {"reason": "measured", "author": "bench@kith.example"}


class NoSuchEndpoint(Exception):
    """The program that is measured does not have it."""


class Desk:
    """Somebody who decides, and asks for the profile until it is so; over two connections that stay open."""

    def __init__(self, hub: Hub):
        self.web = Web(hub.profile, timeout=60)
        self.readers = bearer(hub.read_key)
        self.deciders = {"Content-Type": "application/json", **bearer(hub.admin_key)}

    def are_together(self, left: str, right: str) -> bool:
        answer = self.web.call("GET", f"/v1/profiles/{quote(left, safe=':')}", headers=self.readers)
        assert answer.status == 200, answer
        return any(f"{identifier['namespace']}:{identifier['value']}" == right for identifier in answer.json()["identifiers"])

    def decide(self, kind: str, left: str, right: str) -> tuple[str, float]:
        """Links or separates two; returns the decision's id, and the milliseconds until the profile shows it."""
        start = time.monotonic()
        body = json.dumps({"left": left, "right": right, **WORD}).encode()
        answer = self.web.call("POST", f"/v1/identity/{kind}", body, self.deciders)
        if answer.status == 404:
            raise NoSuchEndpoint(f"POST /v1/identity/{kind} answers 404")
        assert answer.status == 201, answer
        return answer.json()["id"], until(lambda: self.are_together(left, right) == (kind == "links"), start)

    def withdraw(self, decision: str, kind: str, left: str, right: str) -> float:
        start = time.monotonic()
        answer = self.web.call("DELETE", f"/v1/identity/decisions/{quote(decision)}?{urlencode(WORD)}", headers=self.deciders)
        assert answer.status == 200, answer
        return until(lambda: self.are_together(left, right) != (kind == "links"), start)

    def explain(self, left: str, right: str) -> float:
        start = time.monotonic()
        path = f"/v1/profiles/{quote(left, safe=':')}/explain?{urlencode({'from': left, 'to': right})}"
        answer = self.web.call("GET", path, headers=self.readers)
        if answer.status == 404:
            raise NoSuchEndpoint("GET /v1/profiles/{id}/explain answers 404")
        assert answer.status == 200, answer
        return (time.monotonic() - start) * 1000


def timed(desk: Desk, kind: str, names: tuple[str, str], pairs: Iterable[tuple[str, str]]) -> Timings:
    """Decides on each pair and takes it back: the timings of both, by these names."""
    done, undone = [], []
    try:
        for left, right in pairs:
            decision, milliseconds = desk.decide(kind, left, right)
            done.append(milliseconds)
            undone.append(desk.withdraw(decision, kind, left, right))
    except NoSuchEndpoint as missing:
        return {name: NotMeasured(str(missing)) for name in names}
    return {names[0]: Latencies(done), names[1]: Latencies(undone)}


def explained(desk: Desk, name: str, pairs: Iterable[tuple[str, str]]) -> Timings:
    try:
        return {name: Latencies([desk.explain(left, right) for left, right in pairs])}
    except NoSuchEndpoint as missing:
        return {name: NotMeasured(str(missing))}

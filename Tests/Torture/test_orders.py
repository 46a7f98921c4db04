"""What another order has changed is found and told."""

from collections.abc import Callable
from typing import Any

import pytest

from .orders import differences


def portrait(*timeline: str) -> dict[str, Any]:
    return {"eventCount": len(timeline), "traits": {"plan": {"value": "pro"}}, "sources": ["web"],
            "timeline": dict.fromkeys(timeline, 1)}


def hub() -> dict[frozenset[str], dict[str, Any]]:
    return {frozenset({"user:ann", "email:a@x.test"}): portrait("m1", "m2"), frozenset({"user:bob"}): portrait("m3")}


def ann(found: dict[frozenset[str], dict[str, Any]]) -> dict[str, Any]:
    return found[frozenset({"user:ann", "email:a@x.test"})]


def test_the_same_profiles_do_not_differ():
    assert list(differences(hub(), hub())) == []


@pytest.mark.parametrize("change, words", [
    (lambda found: found.pop(frozenset({"user:bob"})), "1 profiles are not there, and 0 others"),
    (lambda found: found.update({frozenset({"user:ann"}): portrait("m1")}), "0 profiles are not there, and 1 others"),
    (lambda found: found.update({frozenset({"user:bob", "user:ann"}): found.pop(frozenset({"user:bob"}))}),
     "['user:bob'] became [['user:ann', 'user:bob']]"),
    (lambda found: ann(found)["traits"].update(plan={"value": "free"}), "'free'"),
    (lambda found: ann(found)["timeline"].update(m2=2), "timeline {'m2': (1, 2)}"),
    (lambda found: ann(found)["sources"].append("crm"), "sources [] not ['crm']"),
    (lambda found: ann(found).update(eventCount=3), "eventCount 2 not 3"),
])
def test_a_difference_is_found(change: Callable[[dict], Any], words: str):
    found = hub()
    change(found)
    assert words in "\n".join(differences(hub(), found))

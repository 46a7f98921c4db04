"""A real Tryton: its parties become people, what is sold to them arrives as it changes, and rules change it there."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from support import Hub
from support.waiting import eventually
from support_tryton import DATABASE, PASSWORD, USER, Tryton

CONFIG = """\
connectors:
  - {{name: crm, type: tryton, url: '{url}', database: {database}, user: {user}, password: {password}, interval: 1s,
      retryFirst: 50ms}}
rules:
  - name: decline
    on: {{event: Offer Declined}}
    to: crm
    action: {{name: moveOpportunity, with: {{opportunity: '{{{{event.properties.opportunity}}}}', state: lost}}}}
  - name: newcomer
    on: {{event: Signed Up}}
    to: crm
    action: {{name: createParty, with: {{name: '{{{{event.properties.name}}}}'}}}}
"""


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory):
    with Tryton(tmp_path_factory.mktemp("tryton")) as server:
        yield server


def configured(tryton: Tryton, **changes: str) -> str:
    settings = {"url": tryton.url, "database": DATABASE, "user": USER, "password": PASSWORD} | changes
    return CONFIG.format(**settings)


def known(hub: Hub, identifier: str, *others: str) -> dict[str, Any]:
    """The profile of an identifier, once it has all the others as well."""
    def found() -> dict[str, Any] | None:
        person = hub.one_profile(identifier)
        names = {f"{name['namespace']}:{name['value']}" for name in person["identifiers"]} if person else set()
        return person if person and set(others) <= names else None

    return eventually(found, 120, lambda: f"{others} beside {identifier}: {hub.one_profile(identifier)}\n{hub.printed()}")


def happened(hub: Hub, identifier: str, name: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
    """The properties of the only event of this name that fits, once it is there."""
    def found() -> list[dict[str, Any]]:
        events = [event["event"] for event in hub.events(identifier) if event.get("name") == name]
        return [event.get("properties", {}) for event in events if fits(event.get("properties", {}))]

    events = eventually(found, 120, lambda: f"{name} of {identifier}: {list(hub.events(identifier))}\n{hub.printed()}")
    assert len(events) == 1, events
    return events[0]


def test_parties_are_people_who_change_and_whom_rules_change(tmp_path, tryton):
    ada = tryton.new_party("Ada Quill", email="ada@example.com", mobile="+1 202 555 0101")
    grace = tryton.new_party("Grace Fern", email="grace@example.com")
    lanterns = tryton.new_opportunity(ada, "Lanterns")
    with Hub(tmp_path / "data", configured(tryton)) as hub:
        hub.post("/v1/identify", {"userId": "42", "traits": {"email": "ada@example.com", "plan": "pro"}})
        person = known(hub, f"tryton.party:{ada}", "email:ada@example.com", "phone:+12025550101", "user:42")
        assert (person["traits"]["name"], person["traits"]["plan"]) == ("Ada Quill", "pro")
        assert known(hub, "email:grace@example.com", f"tryton.party:{grace}")["id"] != person["id"]
        offered = happened(hub, "user:42", "Opportunity Updated")
        assert offered["state"] == "lead" and offered["amount"] == 1200.5 and offered["currency"] == "EUR"

        # What changes there.
        tryton.call("model.party.party.write", [ada], {"name": "Ada Quill-Fern"})
        tryton.add_contact(grace, email="grace@fern.example.com")
        tryton.call("model.sale.opportunity.opportunity", [lanterns])
        known(hub, f"tryton.party:{grace}", "email:grace@fern.example.com", "email:grace@example.com")
        happened(hub, "user:42", "Opportunity Updated", lambda sale: sale["state"] == "opportunity")
        eventually(lambda: hub.one_profile("user:42")["traits"]["name"] == "Ada Quill-Fern", 60, "another name")

        # What happens here changes it there, and comes back; the session that the connector has is over by then.
        tryton.end_sessions()
        hub.post("/v1/track", {"userId": "42", "event": "Offer Declined", "properties": {"opportunity": lanterns}})
        eventually(lambda: tryton.opportunity(lanterns)["state"] == "lost", 60, hub.printed)
        assert "endDate" in happened(hub, "user:42", "Opportunity Updated", lambda sale: sale["state"] == "lost")

        hub.post("/v1/track", {"userId": "43", "event": "Signed Up", "properties": {"name": "Mara Holt"},
                               "context": {"traits": {"email": "mara@example.com"}}})
        mara, = eventually(lambda: tryton.parties("Mara Holt"), 60, hub.printed)
        known(hub, "user:43", f"tryton.party:{mara}")

        # Who leaves.
        tryton.call("model.party.party.write", [grace], {"active": False})
        happened(hub, f"tryton.party:{grace}", "Party Deactivated")
        assert hub.kith("connector", "check", "crm").stdout == "ok    parties\nok    opportunities\n"
        assert hub.kith("dead-letters", "list").stdout.strip() in ("", "There are no dead letters.")


def test_many_parties_come_page_by_page(tmp_path, tryton):
    names = [f"Crowd {number}" for number in range(1100)]
    tryton.new_parties({name: {"email": f"{name.replace(' ', '')}@example.com"} for name in names})
    with Hub(tmp_path / "data", configured(tryton)) as hub:
        known(hub, "email:crowd1099@example.com")
        hub.settled()
        found = [person for person in hub.export() if person["traits"].get("name", "").startswith("Crowd ")]
        assert sorted(person["traits"]["name"] for person in found) == sorted(names)


@pytest.mark.parametrize("changes, reason", [
    ({"user": "nobody"}, r"configuration: The login was refused"),
    ({"database": "other"}, r"configuration: .*database"),
])
def test_what_is_configured_wrong_is_said(tmp_path, tryton, changes, reason):
    with Hub(tmp_path / "data", configured(tryton, **changes)) as hub:
        checked = hub.kith("connector", "check", "crm", check=False)
        assert checked.returncode == 1 and re.search(rf"^FAIL  parties: {reason}", checked.stdout, re.MULTILINE), checked.stdout

"""The audit: whatever takes an admin key leaves an entry, whichever service it was asked of."""

from typing import Any

import pytest

from support import Answer, Hub, Web, eventually
from support.web import bearer

CONFIG = """\
sources:
  - {name: contacts, type: csv, path: contacts.csv, interval: 1h, mapping: {userId: id}}
destinations:
  - {name: crm, type: webhook, url: "http://127.0.0.1:9/hook", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjMzSGVsbG8=}
rules:
  - {name: thanks, on: {event: Order Completed}, to: crm, webhook: {body: {}}}
"""


class Caller:
    """Somebody with a key of their own, and what the audit has of them."""

    def __init__(self, hub: Hub, scope: str):
        self.hub = hub
        made = hub.admin("POST", "/v1/keys", {"scope": scope, "source": "auditor"}).json()
        self.id, self.key = made["id"], made["secret"]
        for service in ("connector", "notifier"):
            eventually(lambda: self.call(service, "GET", "/v1/status").status != 401, 60, "a known key")
        self.known = len(self.entries)

    def call(self, service: str, method: str, path: str, body: bytes | None = None) -> Answer:
        with Web(self.hub.url(service)) as web:
            return web.call(method, path, body, bearer(self.key))

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Oldest first."""
        answer = self.hub.admin("GET", f"/v1/audit?actor={self.id}&limit=200")
        assert answer.status == 200, answer
        return answer.json()["entries"][::-1]

    @property
    def deeds(self) -> list[tuple[str, str, int]]:
        """What was noted since the caller came."""
        return [(entry["action"], entry["subject"], entry["status"]) for entry in self.entries[self.known:]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory):
    data = tmp_path_factory.mktemp("audit") / "data"
    hub = Hub(data, CONFIG)
    (data / "contacts.csv").write_text("id\n1\n")
    with hub:
        yield hub


def test_what_the_connector_is_told_to_do_is_written_down(watched: Hub):
    admin = Caller(watched, "admin")
    assert admin.call("connector", "POST", "/v1/sources/contacts/run").status == 200
    assert admin.call("connector", "POST", "/v1/sources/nowhere/run").status == 404
    wish = b'{"name": "people", "type": "csv", "path": "%s"}' % bytes(watched.data / "contacts.csv")
    started = admin.call("connector", "POST", "/v1/imports", wish.replace(b'"csv"', b'"csv", "mapping": {"userId": "id"}'))
    assert started.status == 202, started
    assert admin.call("connector", "POST", "/v1/imports", b"nonsense").status == 400
    identifier = started.json()["id"]
    assert admin.call("connector", "GET", f"/v1/imports/{identifier}").status == 200
    assert admin.call("connector", "GET", "/v1/imports/imp_none").status == 404
    assert admin.deeds == [
        ("sources.run", "contacts", 200), ("sources.run", "/v1/sources/nowhere/run", 404), ("imports.create", identifier, 202),
        ("imports.create", "/v1/imports", 400), ("imports.get", identifier, 200), ("imports.get", "/v1/imports/imp_none", 404)]


def test_what_the_notifier_is_asked_by_administrators_is_written_down(watched: Hub):
    admin = Caller(watched, "admin")
    assert admin.call("notifier", "GET", "/v1/log-level").status == 200
    assert admin.deeds == [("log-level.get", "notifier", 200)]


@pytest.mark.parametrize("scope", ["read", "admin"])
def test_looking_at_the_status_takes_a_read_key_and_is_not_written_down(watched: Hub, scope: str):
    caller = Caller(watched, scope)
    for service in ("profile", "connector", "notifier"):
        assert caller.call(service, "GET", "/v1/status").status == 200
    assert caller.deeds == []


def test_refusals_are_written_down_and_strangers_are_not(watched: Hub):
    reader = Caller(watched, "read")
    calls = [("connector", "POST", "/v1/sources/contacts/run"), ("connector", "POST", "/v1/imports"),
             ("connector", "GET", "/v1/imports/imp_none"), ("notifier", "GET", "/v1/log-level")]
    before = len(watched.admin("GET", "/v1/audit?limit=200").json()["entries"])
    for service, method, path in calls:
        with Web(watched.url(service)) as web:
            assert web.call(method, path, headers=bearer("ka_wrong")).status == 401
            assert web.call(method, path).status == 401
    # Asking is itself an entry.
    assert len(watched.admin("GET", "/v1/audit?limit=200").json()["entries"]) == before + 1
    for service, method, path in calls:
        assert reader.call(service, method, path).status == 403
    assert reader.deeds == [
        ("sources.run", "/v1/sources/contacts/run", 403), ("imports.create", "/v1/imports", 403),
        ("imports.get", "/v1/imports/imp_none", 403), ("log-level.get", "/v1/log-level", 403)]


def test_entries_of_every_service_survive_its_end(watched: Hub):
    admin = Caller(watched, "admin")
    for _ in range(2):
        assert admin.call("connector", "POST", "/v1/sources/contacts/run").status == 200
        assert admin.call("notifier", "GET", "/v1/log-level").status == 200
        for service in ("connector", "notifier", "profile"):
            watched.kill_and_await(service)
    assert [action for action, _, _ in admin.deeds] == ["sources.run", "log-level.get"] * 2
    # The newest comes first, whichever lane it is in.
    times = [entry["time"] for entry in watched.admin("GET", "/v1/audit?limit=200").json()["entries"]]
    assert times == sorted(times, reverse=True)

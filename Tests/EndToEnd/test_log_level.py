"""How much a service logs can be changed while it runs; it is written down, and ends by itself."""

import json

import pytest

from support import Answer, Hub, Web, eventually
from support.hub import SERVICES
from support.web import bearer


def call(hub: Hub, service: str, method: str, body: object = None, key: str | None = None) -> Answer:
    sent = None if body is None else json.dumps(body).encode()
    with Web(hub.url(service)) as web:
        return web.call(method, "/v1/log-level", sent, {"Content-Type": "application/json", **bearer(key or hub.admin_key)})


def lines(hub: Hub, service: str, level: str) -> int:
    return hub.log_of(service).count(f'"level":"{level}"')


@pytest.mark.parametrize("service", SERVICES)
def test_a_level_holds_for_a_while_and_then_the_configured_one_again(kith: Hub, service: str):
    assert call(kith, service, "GET").json() == {"service": service, "level": "info", "configured": "info"}
    before = lines(kith, service, "trace")
    changed = call(kith, service, "PUT", {"level": "trace", "for": "10m"})
    assert changed.status == 200 and changed.json()["level"] == "trace" and "until" in changed.json(), changed
    # Whatever a service does, it now tells of: a request of ours is enough.
    eventually(lambda: kith.is_ready(service) and lines(kith, service, "trace") > before, 60, f"lines of {service}")
    assert call(kith, service, "PUT", {"level": "trace", "for": "1s"}).status == 200
    eventually(lambda: call(kith, service, "GET").json() == {"service": service, "level": "info", "configured": "info"}, 60,
               "the configured level")
    quiet = lines(kith, service, "trace")
    assert kith.is_ready(service)
    assert lines(kith, service, "trace") == quiet


@pytest.mark.parametrize("service", SERVICES)
def test_a_level_is_taken_back(kith: Hub, service: str):
    assert call(kith, service, "PUT", {"level": "debug"}).json() == {"service": service, "level": "debug", "configured": "info"}
    assert call(kith, service, "DELETE").json() == {"service": service, "level": "info", "configured": "info"}


@pytest.mark.parametrize("service", SERVICES)
def test_it_takes_an_admin_key_and_a_wish_that_makes_sense(kith: Hub, service: str):
    for method in ("GET", "PUT", "DELETE"):
        assert call(kith, service, method, {"level": "debug"}, key=kith.read_key).status == 403
        assert call(kith, service, method, {"level": "debug"}, key="ka_nobody").status == 401
    for wish in ({}, {"level": "loud"}, {"level": "debug", "for": "soon"}, {"level": "debug", "for": "+5m"}, {"level": "debug", "for": "05m"}, {"level": "debug", "for": 10}, {"levl": "debug"}, []):
        refused = call(kith, service, "PUT", wish)
        assert refused.status == 400 and refused.json()["message"], refused
    assert call(kith, service, "GET").json()["level"] == "info"


def test_it_is_written_down_and_can_be_done_from_the_command_line(kith: Hub):
    kith.kith("log-level", "debug", "--service", "profile", "--for", "10m")
    shown = kith.kith("log-level").stdout
    assert "profile: debug until" in shown and "notifier: info\n" in shown
    kith.kith("log-level", "--reset")
    rows = [json.loads(line) for line in kith.kith("log-level", "--json").stdout.splitlines()]
    assert {row["service"]: row["level"] for row in rows} == dict.fromkeys(SERVICES, "info")
    entries = kith.admin("GET", "/v1/audit?limit=100").json()["entries"]
    deeds = [(entry["action"], entry["subject"], entry["status"]) for entry in entries]
    assert ("log-level.set", "profile: debug for 10m", 200) in deeds
    assert {subject for action, subject, _ in deeds if action == "log-level.reset"} >= set(SERVICES)
    assert kith.kith("log-level", "loud", check=False).returncode == 2
    assert kith.kith("log-level", "--for", "10m", check=False).returncode == 2

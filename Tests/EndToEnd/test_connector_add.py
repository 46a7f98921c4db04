"""A connector is added to a running instance by one command, and another has it run; nothing that is wrong gets that far."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from support import Hub, eventually
from support.hub import PROGRAMS
from support_connector import Connector
from support_singer import REPLAY, Tap, replay_wheel, wheels
from test_connectors import Vendor, vendor, write_manifest  # noqa: F401

SOURCES = """\
# What we send, see the wiki.
rules: []

sources:
  - name: mails     # Ours.
    type: webhook
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw

# The end.
"""


def add(hub: Hub, *arguments: str, check: bool = True):
    return hub.kith("connector", "add", *arguments, check=check)


def test_a_connector_is_added_while_kith_runs(tmp_path: Path, vendor):
    crm: Vendor = vendor(3)
    write_manifest(tmp_path / "data")
    with Hub(tmp_path / "data", SOURCES, environment={"CRM_REFRESH": "refresh-0"}) as hub:
        file = hub.data / "kith.yaml"
        os.chmod(file, 0o640)
        before = hub.pid("connector")
        said = add(hub, "crm", "--type", "acme", "--set", f"url={crm.url}", "--set", "refreshToken=${CRM_REFRESH}", "--set", "interval=1s").stdout
        assert "  - name: crm\n    type: acme\n" in said and "CRM_REFRESH is not set here" in said and "kith connector reload" in said
        assert file.read_text() == SOURCES + (
            f"\nconnectors:\n  - name: crm\n    type: acme\n    url: {crm.url}\n    refreshToken: ${{CRM_REFRESH}}\n    interval: 1s\n")
        assert file.stat().st_mode & 0o777 == 0o640
        assert hub.pid("connector") == before and crm.asked == []
        reloaded = hub.kith("connector", "reload")
        assert reloaded.stdout == "" and "begins anew" in reloaded.stderr
        eventually(lambda: hub.one_profile("email:person2@example.com"), 60, hub.printed)
        assert hub.pid("connector") != before

        # What is wrong is not written; what turns out to be, changes nothing.
        good = file.read_text()
        for arguments, reason in {
            ("crm", "--type", "acme", "--set", f"url={crm.url}"): "is there already",
            ("two", "--type", "acme"): "“url” is missing",
            ("two", "--type", "acme", "--set", "url=x", "--set", "refreshToken=abc"): "is secret",
            ("two", "--type", "none"): "no connector of type",
        }.items():
            refused = add(hub, *arguments, check=False)
            assert refused.returncode != 0 and reason in refused.stderr, refused
        assert file.read_text() == good
        running = hub.pid("connector")
        add(hub, "two", "--type", "acme", "--set", f"url={crm.url}", "--set", "secret=${NOT_SET_ANYWHERE}")
        refused = hub.kith("connector", "reload", check=False)
        assert refused.returncode != 0 and "NOT_SET_ANYWHERE" in refused.stderr
        file.unlink()
        refused = hub.kith("connector", "reload", check=False)
        assert refused.returncode != 0 and f"{file}, the file is gone" in refused.stderr
        assert hub.pid("connector") == running and hub.is_ready("connector")


def test_nobody_ends_what_nobody_would_start_again(tmp_path: Path):
    with Connector(tmp_path / "data") as connector:
        answer = connector.admin("POST", "/v1/reload", {})
        assert answer.status == 409 and connector.is_ready()


def test_a_singer_tap_is_installed_asked_and_added(tmp_path: Path):
    tap = Tap(tmp_path, "people").plays({"schema": ["id"]}, {"records": {"from": 0, "to": 3}})
    (tmp_path / "config.json").write_text(json.dumps({"script": str(tap.script), "api_token": "s3cret", "login": {"user": "ann", "password": "d33p"}}))
    environment = wheels(more=[replay_wheel(tmp_path / "wheels")])
    command = [PROGRAMS / "kith", "connector", "add", "singer", "--data", tmp_path / "data", "--name", "people", "--tap", REPLAY,
               "--tap-config", tmp_path / "config.json"]
    (tmp_path / "data").mkdir()
    added = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=600)
    assert added.returncode == 0, added
    text = (tmp_path / "data" / "kith.yaml").read_text()
    assert "api_token: ${PEOPLE_API_TOKEN}\n" in text and "s3cret" not in text + added.stdout
    assert "${PEOPLE_LOGIN_PASSWORD}" in text and "ann" in text and "d33p" not in text + added.stdout
    assert """people: 'identify({email: .email, "replay.person": .id}; {})'""" in text
    assert "PEOPLE_API_TOKEN must be set" in added.stdout
    assert "PEOPLE_LOGIN_PASSWORD must be set where Kith is started: it is the tap's login.password." in added.stdout
    with Hub(tmp_path / "data", environment=environment | {"PEOPLE_API_TOKEN": "s3cret", "PEOPLE_LOGIN_PASSWORD": "d33p"}) as hub:
        profile = eventually(lambda: hub.one_profile("email:p2@x.test"), 120, hub.printed)
        assert ("replay.person", "2") in {(one["namespace"], one["value"]) for one in profile["identifiers"]}
    assert tap.runs[0]["config"]["api_token"] == "s3cret"
    assert tap.runs[0]["config"]["login"] == {"user": "ann", "password": "d33p"}


@pytest.mark.parametrize("folder", ["./wheels", "wheels"])
def test_a_tap_of_ones_own_is_added_by_its_path(tmp_path: Path, folder: str):
    tap = Tap(tmp_path, "people").plays({"schema": ["id"]}, {"records": {"from": 0, "to": 1}})
    (tmp_path / "config.json").write_text(json.dumps({"script": str(tap.script)}))
    wheel = next(replay_wheel(tmp_path / "wheels").glob("*.whl"))
    command = [PROGRAMS / "kith", "connector", "add", "singer", "--data", "data", "--tap", f"{folder}/{wheel.name}", "--tap-config", "config.json"]
    added = subprocess.run(command, cwd=tmp_path, env=os.environ | wheels(), capture_output=True, text=True, timeout=600)
    assert added.returncode == 0, added
    # It was not there yet, and is nobody else's to look into.
    assert (tmp_path / "data").stat().st_mode & 0o007 == 0
    text = (tmp_path / "data" / "kith.yaml").read_text()
    assert "  - name: replay\n    type: singer\n" in text and f"tap: {wheel}\n" in text
    assert """people: 'identify({email: .email, "replay.person": .id}; {})'""" in text

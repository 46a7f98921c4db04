"""The API's description: valid, and true of what the API does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from support import Hub
from support.web import Web

#: Streams do not end, and a key that revokes itself ends the test; other tests call them.
NOT_TRIED = ("streamProfiles", "streamTopic", "revokeKey")
#: Cursors, words to look for and rules are narrower than a schema can say, so not all that fits it is accepted.
SETTINGS = """
[[operations]]
include-operation-id = ["searchProfiles", "countProfiles", "startRebuild"]
checks.positive_data_acceptance.enabled = false
"""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory):
    """An instance of its own, since keys are made in it at random."""
    with Hub(tmp_path_factory.mktemp("openapi") / "data") as hub:
        hub.send({"type": "track", "event": "Order Completed", "userId": f"u-{n % 20}", "messageId": f"o-{n}",
                  "context": {"traits": {"name": f"Ada {n % 20}", "age": n % 20}}} for n in range(200))
        hub.post("/v1/batch", {"batch": [{"type": "nonsense", "userId": "u"}]})
        hub.settled()
        with Web(hub.profile) as web:
            yield hub, web.call("GET", "/openapi.json").json()


def test_the_description_is_valid(described: tuple[Hub, dict]):
    _, document = described
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_operation_says_which_key_it_needs(described: tuple[Hub, dict]):
    _, document = described
    for path, item in document["paths"].items():
        for operation in item.values():
            is_open = path in ("/openapi.json", "/health", "/ready", "/metrics")
            assert (operation.get("security") == []) == is_open, path
            assert is_open or {"401", "403"} <= operation["responses"].keys(), path


def test_the_api_does_what_the_description_says(described: tuple[Hub, dict], tmp_path: Path):
    hub, document = described
    schema = tmp_path / "openapi.json"
    schema.write_text(json.dumps(document))
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", settings, "run", schema,
               "--url", hub.profile, "--header", f"Authorization: Bearer {hub.admin_key}", "--max-examples", "8",
               "--seed", "1", "--request-timeout", "300", "--phases", "examples,coverage,fuzzing", "--generation-database", "none",
               "--continue-on-failure", "--no-color"]
    for operation in NOT_TRIED:
        command += ["--exclude-operation-id", operation]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=500)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert hub.get("/v1/status").status == 200

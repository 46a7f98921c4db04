"""The compose files as they are written: what every container has, and that the documentation's commands fit them."""

import re
from typing import Any

import pytest
import yaml

from support.hub import REPOSITORY, SERVICES

FILES = ["docker-compose.yml", "docker-compose.cluster.yml"]


@pytest.fixture(params=FILES)
def services(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return yaml.safe_load((REPOSITORY / request.param).read_text())["services"]


def test_no_container_s_log_fills_the_disk(services: dict[str, dict[str, Any]]):
    for name, service in services.items():
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name


def test_the_command_line_sees_the_same_configuration_as_the_services(services: dict[str, dict[str, Any]]):
    [folder] = {volume for name, service in services.items() if name.partition("-")[0] in SERVICES
                for volume in service["volumes"] if ":/config" in volume}
    assert folder in services["kith"]["volumes"]


def test_an_upgrade_builds_the_command_line_and_replaces_one_after_the_other():
    text = (REPOSITORY / "docs" / "operation.md").read_text()
    blocks = [block for block in text.split("```")[1::2] if " build\n" in block]
    assert len(blocks) == len(FILES)
    for block in blocks:
        assert "--profile tools build" in block
        [members] = re.findall(r"^for \w+ in (.*); do$", block, re.M)
        assert {member.partition("-")[0] for member in members.split()} == set(SERVICES)
        assert "up --detach --no-deps --wait" in block

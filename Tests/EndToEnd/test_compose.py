"""The compose files as they are written: what every container has, and that the documentation's commands fit them."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.hub import REPOSITORY, SERVICES

FILES = ["docker-compose.yml", "docker-compose.cluster.yml"]
#: The pages about them.
PAGES = {"docker-compose.yml": "docs/containers.md", "docker-compose.cluster.yml": "docs/several-machines.md"}


@pytest.fixture(params=FILES)
def services(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return yaml.safe_load((REPOSITORY / request.param).read_text())["services"]


def test_no_container_s_log_fills_the_disk(services: dict[str, dict[str, Any]]):
    for name, service in services.items():
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name


def test_a_connector_may_have_a_thread_for_each_delivery_under_way(services: dict[str, dict[str, Any]]):
    limits = {name: service["pids_limit"] for name, service in services.items() if name.partition("-")[0] == "connector"}
    assert limits and min(limits.values()) >= 32 * 64, "without a thread to be had, everything in the process waits"


def test_the_command_line_sees_the_same_configuration_as_the_services(services: dict[str, dict[str, Any]]):
    [folder] = {volume for name, service in services.items() if name.partition("-")[0] in SERVICES
                for volume in service["volumes"] if ":/config" in volume}
    assert folder in services["kith"]["volumes"]


def blocks(page: str) -> list[str]:
    """What stands in a page to be pasted."""
    return (REPOSITORY / page).read_text().split("```")[1::2]


@pytest.mark.parametrize("page", PAGES.values())
def test_an_upgrade_builds_the_command_line_and_replaces_one_after_the_other(page: str):
    [block] = [block for block in blocks(page) if " build\n" in block]
    assert "--profile tools build" in block
    [members] = re.findall(r"^for \w+ in (.*); do$", block, re.M)
    assert {member.partition("-")[0] for member in members.split()} == set(SERVICES)
    assert "up --detach --no-deps --wait" in block


def paste_secrets(page: str, folder: Path) -> dict[str, str]:
    """Makes the secrets in a folder as a page says, without starting anything; what is in them, by their names."""
    [block] = [block for block in blocks(page) if "secret()" in block]
    lines = [line for line in block.splitlines() if not line.startswith("docker ")]
    assert len(lines) < len(block.splitlines()), "it starts everything as well"
    subprocess.run(["bash", "-e"], input="\n".join(lines), text=True, cwd=folder, check=True, timeout=300)
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


@pytest.mark.parametrize(("file", "page"), [*PAGES.items(), ("docker-compose.yml", "README.md")])
def test_the_secrets_are_made_by_what_the_page_has_to_be_pasted(tmp_path: Path, file: str, page: str):
    made = paste_secrets(page, tmp_path)
    wanted = yaml.safe_load((REPOSITORY / file).read_text())["secrets"]
    assert set(made) == {secret["file"].rpartition("/")[2] for secret in wanted.values()}
    assert all(text.strip() for text in made.values()) and len(set(made.values())) == len(made)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700 and (tmp_path / "config").is_dir()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o444}
    assert paste_secrets(page, tmp_path) == made, "pasted once more, it leaves them alone"


def test_a_connector_of_one_s_own_lies_beside_the_configuration(services: dict[str, dict[str, Any]]):
    connectors = [service for name, service in services.items() if name.partition("-")[0] == "connector"]
    assert connectors and all(one["environment"]["KITH_CONNECTORS"] == "/config/connectors" for one in connectors)

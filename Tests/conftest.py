"""What a test run may be told, and which tests a machine cannot run."""

import os

import pytest


def pytest_addoption(parser: pytest.Parser):
    parser.addoption("--containers", action="store_true", help="build and start the container images")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]):
    for item in items:
        if item.get_closest_marker("containers") and not config.getoption("--containers"):
            item.add_marker(pytest.mark.skip(reason="make test-containers runs it"))
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="takes root"))

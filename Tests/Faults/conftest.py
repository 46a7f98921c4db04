"""What holds for the short forms of the faults."""

import pytest

import log_faults


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch):
    """Other tests run beside these: how soon a log is open, where nothing hangs, is for `make torture` to say."""
    monkeypatch.setattr(log_faults, "RECOVERY_SECONDS", 300.0)

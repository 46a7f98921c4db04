"""Singer taps for tests: where the wheels of real ones are, and a tap of the tests' own that does what it is told."""

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support.hub import REPOSITORY
from support.waiting import eventually
from support_connector import Connector

HERE = Path(__file__).parent
RECORDED = HERE / "taps" / "recorded"
REPLAY = "tap-replay==1.0"


def wheels(*taps: str, more: Iterable[Path] = ()) -> dict[str, str]:
    """An environment in which pip finds the wheels of these taps, and nothing else."""
    folders = [REPOSITORY / ".venv" / "taps" / tap for tap in taps]
    for folder in folders:
        assert folder.is_dir(), f"{folder} is missing: make test-setup"
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": " ".join(map(str, [*folders, *more]))}


def replay_wheel(folder: Path) -> Path:
    """Makes the wheel of the tests' own tap: its module, and what says that it is a program."""
    info = "tap_replay-1.0.dist-info"
    files = {
        "tap_replay.py": (HERE / "taps" / "tap_replay.py").read_text(),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tap-replay\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ntap-replay = tap_replay:main\n",
    }
    record = [f"{name},sha256={digest(text)},{len(text.encode())}\n" for name, text in files.items()]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"])
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "tap_replay-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return folder


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def install_once(folder: Path) -> Path:
    """Lets the connector install the tests' own tap; returns the folder in which it did so."""
    environment = wheels(more=[replay_wheel(folder / "wheels")])
    tap = Tap(folder, "first")
    tap.plays({"schema": ["id"]})
    connector = Connector(folder / "data", configuration(tap))
    try:
        connector.start(environment)
        eventually(lambda: connector.has_succeeded("first"), 300, connector.log)
    finally:
        connector.stop()
    return folder / "data" / "taps" / "first"


class Tap:
    """A source whose tap does what the test says."""

    #: What becomes of a record unless the test says something else.
    EVENTS = 'identify({email, "tap.id": .id}; {id})'

    def __init__(self, folder: Path, name: str, streams: dict[str, Any] | None = None, config: dict[str, Any] | None = None,
                 **settings: Any):
        self.name = name
        self.script = folder / f"{name}.json"
        self.script.parent.mkdir(parents=True, exist_ok=True)
        self.settings = {
            "name": name, "type": "singer", "tap": REPLAY, "interval": "1h", "streams": streams or {"people": self.EVENTS},
            "config": {"script": str(self.script), **(config or {})}, **settings}

    def plays(self, *steps: dict[str, Any]) -> "Tap":
        self.script.write_text(json.dumps(steps))
        return self

    def describes(self, catalog: dict[str, Any]) -> "Tap":
        self.script.with_suffix(".catalog").write_text(json.dumps(catalog))
        return self

    def installed(self, like: Path, data: Path) -> "Tap":
        """Puts it where the connector would have installed it; each installation takes seconds."""
        folder = data / "taps" / self.name
        folder.mkdir(parents=True)
        (folder / "venv").symlink_to(like / "venv")
        shutil.copy(like / "requirements.txt", folder)
        return self

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What it was given in each run so far."""
        notes = self.script.with_suffix(".runs")
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def configuration(*taps: Tap) -> str:
    """A kith.yaml with these sources; JSON is YAML."""
    return json.dumps({"sources": [tap.settings for tap in taps]})

"""How well the identity rules find out who is who, in a small stream with known truth; `make bench` has the large ones."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from Generator import Options
from Generator.__main__ import write

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("KITH_PROGRAMS", ROOT / ".build" / "debug")) / "IdentityScore"


@pytest.mark.skipif(not PROGRAM.exists(), reason="IdentityScore is not built")
def test_profiles_agree_with_the_truth_and_keep_the_limits(tmp_path: Path):
    write(tmp_path, Options(events=20_000, people=2000))
    run = subprocess.run([PROGRAM, tmp_path], capture_output=True, text=True)
    report = json.loads(run.stdout)
    assert (run.returncode, report["missed"]) == (0, []), run.stderr
    assert report["precision"] >= 0.999 and report["shareOfOracle"] >= 0.995 and report["overLimits"] == 0
    assert report["largestMix"] <= 10 and report["largestProfile"] <= 50
    assert report["people"] == 2000

"""One run of wrk, what it came to, and what it cost the server."""

import json
import os
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "wrk"


@dataclass
class Run:
    """Requests a second, latencies in milliseconds, the server's peak of resident memory in MiB."""
    rate: float
    p50: float
    p99: float
    errors: int = 0
    memory: int = 0


def wrk(url: str, connections: int, seconds: int, script: str, *arguments: object) -> Run:
    """Loads a server from one thread with requests that the script makes."""
    output = subprocess.run(
        ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "10s",
         "--script", str(SCRIPTS / script), url, "--", *map(str, arguments)],
        check=True, capture_output=True, text=True,
        env={**os.environ, "WRK_SUMMARY": str(SCRIPTS / "summary.lua")}).stdout
    result = json.loads(output.splitlines()[-1])
    return Run(result["requests"] / result["seconds"], result["p50"], result["p99"], result["errors"])


def median(runs: list[Run]) -> Run:
    """The median of each figure, the sum of the errors, and the highest peak."""
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in ("rate", "p50", "p99")),
               errors=sum(run.errors for run in runs), memory=max(run.memory for run in runs))

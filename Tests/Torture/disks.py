"""Power cuts, a full disk, a disk that fails to sync, and one that is slow."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from support import Hub, eventually
from support.segments import Lane

from .ledger import Inspector
from .load import Load, until
from .mounts import disk, memory, resize
from .report import Outcome

#: What ingest may take, in MiB.
MEMORY = 150


def power_cuts(folder: Path, programs: Path, times: int, random: Random) -> Iterator[Outcome]:
    """The disk that everything is on stops at once; whatever was acknowledged, even at the last moment, must be on it."""
    outcome = Outcome("power cut")
    with disk(folder / "power") as mounted:
        hub = Hub(mounted.root / "data", programs=programs).start()
        for number in range(times):
            with Load(hub, f"power-{number}") as load:
                until(load, 1)
                time.sleep(random.uniform(0.2, 1.5))
                mounted.cut_power()
                hub.kill_all()
                load.stopping.set()
            mounted.unmount()
            mounted.mount()
            start = time.monotonic()
            hub.start()
            outcome.add(Inspector(hub.data).inspect(hub, load.ledger), time.monotonic() - start)
        hub.stop()
    yield outcome


def full_disks(folder: Path, programs: Path, times: int) -> Iterator[Outcome]:
    """Refuses with 503 while there is no room, still answers queries, and goes on by itself once there is."""
    outcome = Outcome("full disk")
    for number in range(times):
        with memory(folder / f"full-{number}", megabytes=24) as root:
            hub = Hub(root / "data", programs=programs).start()
            with Load(hub, "full", padding=2000) as load:
                eventually(lambda: load.statuses.get(503, 0) >= 20, 60, lambda: f"a full disk ({load.statuses})")
                answer = hub.get("/v1/profiles/user:full-0")
                if answer.status != 200:
                    outcome.violations.append(f"a query on a full disk is answered with {answer.status}")
                resize(root, 256)
                start = time.monotonic()
                until(load, 100)
                recovery = time.monotonic() - start
            outcome.add(Inspector(hub.data).inspect(hub, load.ledger), recovery)
            outcome.notes.append(f"{load.statuses[503]} refusals")
            hub.stop()
    yield outcome


def failed_syncs(hub: Hub, times: int) -> Iterator[Outcome]:
    """`fdatasync` of ingest fails: nothing more is acknowledged, it exits, and its successor begins a new segment."""
    outcome = Outcome("fdatasync fails")
    inspector, lane = Inspector(hub.data), Lane(hub.data / "log" / "events" / "ingest")
    for number in range(times):
        with Load(hub, f"sync-{number}") as load:
            until(load, 1)
            segments, victim = lane.segments, hub.pid("ingest")
            tracer = trace(victim, "fdatasync:error=EIO")
            _, trail = tracer.communicate(timeout=30)
            start = time.monotonic()
            eventually(lambda: hub.pid("ingest") not in (None, victim) and hub.is_ready("ingest"), 30, "another ingest")
            recovery = time.monotonic() - start
            until(load, 100)
        outcome.add(inspector.inspect(hub, load.ledger), recovery)
        outcome.violations += broken_promises(trail, load, segments, lane)
    yield outcome


def broken_promises(trail: str, load: Load, segments: list[int], lane: Lane) -> Iterator[str]:
    ending = re.search(r"(\d+\.\d+) \+\+\+ exited with (\d+) \+\+\+\s*\Z", trail)
    failure = re.search(r"(\d+\.\d+) [^\n]*fdatasync[^\n]*EIO", trail)
    if failure is None:
        yield "no sync was made to fail"
        return
    if ending is None or ending[2] == "0":
        yield f"ingest did not exit with an error after a failed sync: {trail[-200:]}"
        return
    # What an earlier sync had covered may still be on its way when this one fails.
    late = [when for when in load.times if float(failure[1]) + 0.05 < when < float(ending[1])]
    if late:
        yield f"{len(late)} batches were acknowledged after the sync had failed"
    if lane.segments == segments:
        yield "the next ingest went on in the segment whose sync had failed"


def slow_disk(hub: Hub, seconds: float) -> Iterator[Outcome]:
    """Every sync of ingest takes 200 ms: it refuses with 429 and a time to wait, and its memory stays bounded."""
    outcome = Outcome("slow disk")
    with Load(hub, "slow", senders=24, batch=100, padding=8000) as load:
        until(load, 1)
        tracer = trace(hub.pid("ingest"), "fdatasync:delay_enter=200000")
        time.sleep(seconds)
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=30)
        peak = peak_memory(hub.pid("ingest"))
        until(load, 2000)
    outcome.add(Inspector(hub.data).inspect(hub, load.ledger, within=300))
    outcome.notes.append(f"{load.statuses.get(429, 0)} times 429, at most {peak} MiB resident")
    if peak > MEMORY:
        outcome.violations.append(f"ingest took {peak} MiB")
    yield outcome


def peak_memory(pid: int) -> int:
    """The most memory that a process ever had resident, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def trace(pid: int, injection: str) -> subprocess.Popen:
    """Tampers with a running process's system calls until it ends or the tracer is interrupted."""
    return subprocess.Popen(
        ["strace", "-f", "-ttt", "-p", str(pid), "-e", f"trace={injection.partition(':')[0]}",
         "-e", f"inject={injection}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

"""Power cuts, a full disk, a disk that fails to sync, and one that is slow."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from support import Hub, eventually
from support.hub import peak_memory
from support.segments import Lane
from support.waiting import TookTooLong

from .ledger import Inspector
from .load import Load, until
from .mounts import disk, memory, resize
from .outside import Outside
from .report import Outcome

#: What ingest may take, in MiB.
MEMORY = 150
#: What a refusal may ask a client to wait, in seconds.
PAUSES = range(1, 31)


def power_cuts(folder: Path, programs: Path, times: int, random: Random) -> Iterator[Outcome]:
    """The disk that everything is on stops at once; whatever was acknowledged, even at the last moment, must be on it."""
    outcome = Outcome("power cut")
    with Outside(folder / "power") as outside, disk(folder / "power") as mounted:
        hub = Hub(mounted.root / "data", outside.configuration, programs).start()
        inspector = Inspector(hub, outside)
        os.sync()  # The configuration was written by hand, long ago.
        for number in range(times):
            with Load(hub, outside, f"power-{number}") as load:
                until(load, 1)
                time.sleep(random.uniform(0.2, 1.5))
                mounted.cut_power()
                hub.kill_all()
                load.stopping.set()
            mounted.unmount()
            mounted.mount()
            start = time.monotonic()
            hub.start()
            recovery = time.monotonic() - start
            outcome.add(inspector.inspect(load.ledger), recovery)
        outcome.violations += inspector.odd_letters()
        hub.stop()
    yield outcome


def full_disks(folder: Path, programs: Path, times: int) -> Iterator[Outcome]:
    """Refuses with 503 while there is no room, still answers queries, and goes on by itself once there is."""
    outcome = Outcome("full disk")
    for number in range(times):
        with Outside(folder / f"full-{number}") as outside, memory(folder / f"full-{number}", megabytes=24) as root:
            hub = Hub(root / "data", outside.configuration, programs).start()
            with Load(hub, outside, "full", padding=2000) as load:
                eventually(lambda: load.statuses[503] >= 20, 120, lambda: f"a full disk ({load.statuses})")
                answer = hub.get("/v1/profiles/user:full-0")
                if answer.status != 200:
                    outcome.violations.append(f"a query on a full disk is answered with {answer.status}")
                resize(root, 256)
                start = time.monotonic()
                until(load, 100)
                recovery = time.monotonic() - start
            outcome.add(Inspector(hub, outside).inspect(load.ledger), recovery)
            outcome.notes.append(refusals(load, 503))
            outcome.violations += rash_pauses(load)
            hub.stop()
    yield outcome


def refusals(load: Load, status: int) -> str:
    return f"{load.statuses[status]} times {status}, Retry-After {', '.join(sorted(map(str, load.pauses[status])))}"


def rash_pauses(load: Load) -> Iterator[str]:
    """The refusals after which a client does not know when to come again."""
    for status, pauses in load.pauses.items():
        wrong = sorted(str(pause) for pause in pauses if pause is None or not pause.isdigit() or int(pause) not in PAUSES)
        if wrong:
            yield f"{status} with a Retry-After of {', '.join(wrong)}"


#: After so many seconds `kith up` takes a service for one that had been at work, and starts it again at once.
AT_WORK = 1.2


def failed_syncs(inspector: Inspector, times: int) -> Iterator[Outcome]:
    """`fdatasync` of ingest fails: nothing more is acknowledged, it exits, and its successor begins a new segment."""
    outcome = Outcome("fdatasync fails")
    hub = inspector.hub
    lane = Lane(hub.data / "log" / "events" / "ingest")
    for number in range(times):
        with Load(hub, inspector.outside, f"sync-{number}") as load:
            until(load, 1)
            # What ends sooner than this is taken for something that cannot start, and is given time.
            time.sleep(AT_WORK)
            segments, victim = lane.segments, hub.pid("ingest")
            tracer = trace(victim, "fdatasync:error=EIO")
            _, trail = tracer.communicate(timeout=600)
            start = time.monotonic()
            eventually(lambda: hub.pid("ingest") not in (None, victim) and hub.is_ready("ingest"), 60, "another ingest")
            recovery = time.monotonic() - start
            until(load, 100)
        outcome.add(inspector.inspect(load.ledger), recovery)
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
    late = [when for when in load.times if float(failure[1]) < when < float(ending[1])]
    # What an earlier sync had covered may still be on its way to each sender when this one fails.
    if len(late) > load.senders:
        yield f"{len(late)} batches were acknowledged after the sync had failed"
    # A mark and the other lanes have files of their own.
    file = Path(re.findall(r"fdatasync\(\d+<([^>]*)>", trail[:failure.end()])[-1])
    if file.parent == lane.directory and file.name != "head" and lane.segments == segments:
        yield "the next ingest went on in the segment whose sync had failed"


def slow_disk(inspector: Inspector, seconds: float) -> Iterator[Outcome]:
    """Every sync of ingest takes 200 ms: it refuses with 429 and a time to wait, and its memory stays bounded.

    The senders have 48 bodies of 0.8 MB under way, half of which ingest has no room for.
    """
    outcome = Outcome("slow disk")
    hub = inspector.hub
    with Load(hub, inspector.outside, "slow", senders=48, batch=100, padding=8000) as load:
        until(load, 1)
        victim = hub.pid("ingest")
        tracer = trace(victim, "fdatasync:delay_enter=200000")
        # The senders may need a while to have sent more than it has room for.
        with contextlib.suppress(TookTooLong):
            eventually(lambda: load.statuses[429], 60)
        time.sleep(seconds)
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=600)
        until(load, 2000)
        peak = peak_memory(victim)
    outcome.add(inspector.inspect(load.ledger, within=300))
    outcome.notes.append(f"{refusals(load, 429)}, at most {peak} MiB resident")
    outcome.violations += rash_pauses(load)
    if not load.statuses[429]:
        outcome.violations.append("nothing was refused with 429, so it was not slow enough to prove anything")
    if peak > MEMORY:
        outcome.violations.append(f"ingest took {peak} MiB")
    yield outcome


def trace(pid: int, injection: str) -> subprocess.Popen:
    """Tampers with a running process's system calls until it ends or the tracer is interrupted."""
    return subprocess.Popen(
        ["strace", "-f", "-ttt", "-y", "-p", str(pid), "-e", f"trace={injection.partition(':')[0]}",
         "-e", f"inject={injection}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

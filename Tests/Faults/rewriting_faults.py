"""Faults while the owner of a lane rewrites records: kill -9, failing calls, a full disk, power cuts, readers.

Half of the records are erased. Whatever happens, each record is the old or the new one, at its offset; and once the rewriting
is done, at the first or the second attempt, no file of the log holds a byte of the erased ones. Each function works and
answers like those of `log_faults`.
"""

import fcntl
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import log_faults
from log_faults import CALLS, NO_LOG_FLUSH, PRODUCER, SHUTDOWN, TOPIC, Lane, environment, folder, inject, mounted, program

EVERY = 2
MEMORY = "/dev/shm"


def filled(directory, appends=12, size=1500, segment=8000):
    """A lane of several segments, the last of which is being written."""
    lane = Lane(directory)
    code, errors = lane.run(appends, bytes=size, records=2, segment=segment)
    assert code == 0, errors
    return lane


def command(lane, every=EVERY, size=0, segment=8000):
    return [program(), "rewrite", lane.directory, TOPIC, PRODUCER, "--every", str(every), "--bytes", str(size),
            "--segment", str(segment)]


def rewrite(lane, before=(), **options):
    """Rewrites until it ends by itself; the answer is the exit code and what it said."""
    done = subprocess.run(
        [*before, *command(lane, **options)], capture_output=True, text=True, env=environment(), timeout=600)
    return done.returncode, done.stdout + done.stderr


def kept(lane):
    """The appends of which something is in some file."""
    files = [file for file in Path(lane.directory).rglob("*") if file.is_file()]
    return {int(number) for file in files for number in re.findall(rb"key-(\d+)", file.read_bytes())}


def expect_erased(lane):
    """Nothing is left of the records that were to go, and everything of the others."""
    expected = {sequence for sequence in lane.acknowledged if sequence % EVERY != 0}
    assert kept(lane) == expected, f"there is something left of {kept(lane) - expected}, nothing of {expected - kept(lane)}"


def expect_recovery(lane):
    """Everything is there, a second attempt erases what is left, and appends go on."""
    lane.verify()
    code, said = rewrite(lane)
    assert code == 0, said
    lane.verify()
    expect_erased(lane)
    code, errors = lane.run(2, bytes=1500, records=2)
    assert code == 0, errors
    lane.verify()


def killed_at_every_call(step=1, calls=CALLS):
    """kill -9 at a thread's k-th call of each kind that changes files, for every k that some thread comes to.

    Returns the kills at each kind: how many they are depends on how the calls fall to the threads.
    """
    kills = Counter()
    with folder() as path:
        sample = filled(path / "sample")
        for call in calls:
            point, ended = 1, False
            while not ended:
                lane = Lane(path / f"{call}-{point}")
                lane.acknowledged, lane.last = dict(sample.acknowledged), sample.last
                shutil.copytree(sample.directory, lane.directory)
                code, said = rewrite(lane, before=inject(call, f"signal=SIGKILL:when={point}"))
                ended = code == 0
                if ended:
                    expect_erased(lane)
                expect_recovery(lane)
                shutil.rmtree(lane.directory)
                if not ended:
                    kills[call] += 1
                point += step
    return {"kills": dict(kills), "left": 0}


def failing_calls(points):
    """A write, a sync or a renaming fails: the rewriting ends with an error, unless the failure does no harm."""
    failures = 0
    for call, error in [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("rename", "EIO")]:
        for point in range(1, points + 1):
            with folder() as path:
                lane = filled(path)
                code, said = rewrite(lane, before=inject(call, f"error={error}:when={point}"))
                assert code in (0, 1), said
                if code == 0:
                    expect_erased(lane)
                failures += code
                assert code == 0 or "full" in said or "could not make" in said or "failed on" in said, said
                expect_recovery(lane)
    assert failures > 0, "nothing failed"
    return {"failures": failures, "left": 0}


def full_disk(runs):
    """There is no room for the copy of a segment: nothing is changed; once there is room, it is done."""
    for _ in range(runs):
        with folder() as path, mounted("-t", "tmpfs", "-o", "size=2m", "tmpfs", at=path / "small") as small:
            lane = filled(small / "log", appends=60, size=10_000, segment=500_000)
            room = shutil.disk_usage(small).free
            (small / "ballast").write_bytes(bytes(room - 100_000))
            before = kept(lane)
            code, said = rewrite(lane, size=12_000)
            assert code == 1 and "full" in said, said
            assert kept(lane) == before, "something was lost"
            lane.verify()
            (small / "ballast").unlink()
            expect_recovery(lane)
    return {"runs": runs, "left": 0}


def power_cut(cuts, seed=None):
    """The power goes while records are erased, or just after."""
    chance = random.Random(seed)
    done = 0
    for _ in range(cuts):
        with folder() as path:
            image, disk = path / "disk.img", path / "disk"
            with image.open("wb") as file:
                file.truncate(64 << 20)
            subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
            lane = Lane(disk / "log")
            with mounted("-o", "loop", str(image), at=disk):
                lane = filled(lane.directory, appends=40)
                done += (erased := cut_while_erasing(lane, disk, chance))
            with mounted("-o", "loop", str(image), at=disk):
                if erased:
                    lane.start()
                    expect_erased(lane)
                expect_recovery(lane)
    return {"cuts": cuts, "after": done, "left": 0}


def cut_while_erasing(lane, disk, chance):
    """Whether the rewriting had ended when the power went."""
    began = time.monotonic()
    writer = subprocess.Popen(command(lane), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
    pause = chance.uniform(0, 0.3)
    while writer.poll() is None and time.monotonic() < began + pause:
        time.sleep(0.002)
    ended = writer.poll() == 0
    descriptor = os.open(disk, os.O_RDONLY)
    fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(descriptor)
    writer.kill()
    writer.communicate()
    return ended


def readers_meanwhile(rounds, base=None):
    """Readers of other processes read everything again and again while segments shrink and grow: no damage, no gap."""
    with folder(base) as path:
        lane = filled(path, appends=300, size=300)
        end = 600 + 2 * rounds
        readers = [
            subprocess.Popen(
                [program(), "reread", lane.directory, TOPIC, PRODUCER, "--until", str(end)], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env=environment())
            for _ in range(3)
        ]
        for reader in readers:
            assert (line := reader.stdout.readline()) == "ready\n", (line, reader.communicate()[1])
        for number in range(rounds):
            code, said = rewrite(lane, every=1, size=1 + number * 397 % 900)
            assert code == 0, (code, said)
            code, errors = lane.run(1, bytes=300, records=2)
            assert code == 0, (code, errors)
        readings = 0
        for reader in readers:
            output, errors = reader.communicate(timeout=600)
            assert reader.returncode == 0, (reader.returncode, errors)
            readings += int(output.split()[-1])
        lane.verify()
        return {"rounds": rounds, "readings": readings, "damage": 0}


def faults(scale):
    """Every fault, with counts for a short form (1) or a multiple of it."""
    return [
        ("killed at every call", lambda: killed_at_every_call(step=1 if scale > 1 else 4)),
        ("failing calls", lambda: failing_calls(3 * min(scale, 5))),
        ("full disk", lambda: full_disk(scale)),
        ("power cut", lambda: power_cut(2 * scale)),
        ("readers meanwhile", lambda: readers_meanwhile(scale)),
        ("readers meanwhile, in memory", lambda: readers_meanwhile(20 * scale, base=MEMORY)),
    ]


if __name__ == "__main__":
    sys.exit(log_faults.run(faults(int(sys.argv[1]) if len(sys.argv) > 1 else 10)))

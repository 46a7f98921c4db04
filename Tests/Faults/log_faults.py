"""Faults of the embedded log with real processes: kill -9, failing and full disks, power cuts and flipped bits.

Each function takes how often, works in a directory of its own, and returns what it counted; it raises AssertionError when
a record that was acknowledged is missing, doubled, out of order or changed, when half an append is visible, or when
opening takes two seconds or more. `run` prints one line for each fault.
"""

import contextlib
import fcntl
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPIC, PRODUCER = "events", "ingest"
CALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "mkdir"]
#: On a machine that does nothing else.
RECOVERY_SECONDS = 2.0
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2


def program():
    """The LogWriter to test: that of the environment, or the one last built here."""
    return os.environ.get("LOG_WRITER") or str(ROOT / ".build" / "debug" / "LogWriter")


def environment():
    return dict(os.environ, SWIFT_BACKTRACE="enable=no")


class Lane:
    """A lane on disk and everything that was ever acknowledged to be in it."""

    def __init__(self, directory, producer=PRODUCER):
        self.directory = str(directory)
        self.producer = producer
        self.acknowledged = {}
        self.last = 0
        self.starts = self.recoveries = 0
        self.slowest = 0.0

    @property
    def files(self):
        return Path(self.directory) / TOPIC / self.producer

    def command(self, count, **options):
        options = {"segment": 20_000, "after": self.last, **options}
        words = [program(), "append", self.directory, TOPIC, self.producer, "--count", str(count)]
        return words + [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]

    def run(self, count, before=(), **options):
        """Appends until it ends by itself; the answer is the exit code and the last line of errors."""
        done = subprocess.run(
            [*before, *self.command(count, **options)], capture_output=True, text=True, env=environment(), timeout=600)
        self.note(done.stdout, count)
        return done.returncode, done.stderr.strip()

    def note(self, output, count):
        """Takes note of what was acknowledged, in whole lines."""
        for line in output.splitlines(keepends=True):
            if match := re.fullmatch(r"ack (\d+) (\d+)\n", line):
                self.acknowledged[int(match[1])] = int(match[2])
            elif line.startswith("recovered"):
                self.recoveries += 1
        self.last += count

    def start(self):
        """Opens the lane for writing, which repairs it; the answer is what it said."""
        began = time.monotonic()
        code, errors = self.run(0)
        took = time.monotonic() - began
        assert code == 0, f"opening failed: {errors}"
        assert took < RECOVERY_SECONDS, f"opening took {took:.1f} s"
        self.starts += 1
        self.slowest = max(self.slowest, took)

    def read(self):
        return subprocess.run(
            [program(), "read", self.directory, TOPIC, self.producer], capture_output=True, text=True, env=environment(),
            timeout=600)

    def verify(self, ordered=True):
        """Everything acknowledged is there, at its offset, once, in order; nothing is half there."""
        self.start()
        done = self.read()
        assert done.returncode == 0, f"reading failed: {done.stderr}"
        found, next_offset, previous = {}, None, 0
        for line in done.stdout.splitlines():
            words = line.split()
            if words[0] == "head":
                assert next_offset in (None, int(words[1])), f"the last append is cut: {line}, not {next_offset}"
                continue
            sequence, offset, parts = map(int, words[1:])
            assert sequence not in found, f"append {sequence} is there twice"
            assert next_offset in (None, offset), f"append {sequence} is at {offset}, not at {next_offset}"
            assert not ordered or sequence > previous, f"append {sequence} comes after {previous}"
            found[sequence], next_offset, previous = offset, offset + parts, sequence
        for sequence, offset in self.acknowledged.items():
            assert found.get(sequence) == offset, f"append {sequence} was acknowledged at {offset}: {found.get(sequence)}"
        return len(found)


@contextlib.contextmanager
def folder(base=None):
    path = tempfile.mkdtemp(prefix="log-faults-", dir=base)
    try:
        yield Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def kill_at_any_instant(runs, seed=None):
    """kill -9 of a writer under load, at a random instant; now and then while it recovers."""
    chance = random.Random(seed)
    # Long enough for a writer to have begun.
    latest = 0.12
    with folder() as path:
        lane = Lane(path)
        for run in range(runs):
            wide = run % 2
            options = {"in_flight": 16, "records": 3} if wide else {"records": chance.choice([1, 5])}
            writer = subprocess.Popen(
                lane.command(100_000, bytes=chance.choice([50, 900]), segment=chance.choice([20_000, 200_000]), **options),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
            threading.Timer(chance.uniform(0, latest), writer.send_signal, [signal.SIGKILL]).start()
            output, _ = writer.communicate()
            lane.note(output, 100_000)
            if not lane.acknowledged:
                latest *= 1.5
            if run % 10 == 9 or run == runs - 1:
                lane.verify(ordered=False)
        return {"kills": runs, "acknowledged": len(lane.acknowledged), "lost": 0, "slowest_start_s": round(lane.slowest, 2)}


def inject(calls, what, output="/dev/null"):
    """The words that make strace do something at the calls of a program, and note them."""
    return ["strace", "-f", "-qq", "-o", str(output), "-e", f"trace={calls}", "-e", f"inject={calls}:{what}"]


def kill_at_every_call(step=1, calls=CALLS):
    """kill -9 at a thread's k-th call of each kind that changes files: while making, writing, rolling, recovering.

    For every k that some thread comes to; returns the kills at each kind.
    """
    kills, acknowledged = Counter(), 0
    for call in calls:
        point = 1
        while True:
            with folder() as path:
                lane = Lane(path)
                options = {"bytes": 3000, "records": 2}
                first, _ = lane.run(6, before=inject(call, f"signal=SIGKILL:when={point}"), **options)
                lane.run(3, before=inject(call, f"signal=SIGKILL:when={max(1, point // 2)}"), **options)
                lane.verify()
                code, errors = lane.run(2, **options)
                assert code == 0, errors
                lane.verify()
                acknowledged += len(lane.acknowledged)
            if first == 0:
                break
            kills[call] += 1
            point += step
    return {"kills": dict(kills), "acknowledged": acknowledged, "lost": 0}


def failing_sync(points):
    """fdatasync answers EIO: no acknowledgement, the process ends, the next start goes on in a new segment file."""
    refused = 0
    for point in range(1, points + 1):
        with folder() as path:
            lane = Lane(path)
            lane.run(2)
            before = len(list(lane.files.glob("*.seg")))
            code, errors = lane.run(6, before=inject("fdatasync", f"error=EIO:when={point}"), segment=1 << 20)
            if code != 0:
                refused += 1
                acknowledged = len(lane.acknowledged)
                assert acknowledged < 8 and errors, "an append whose sync failed was acknowledged"
            failed_in_append = "could not make an append durable" in errors
            lane.verify()
            if failed_in_append:
                assert len(list(lane.files.glob("*.seg"))) > before, "the failed segment is written on"
            code, errors = lane.run(3)
            assert code == 0, errors
            lane.verify()
    assert refused > 0, "no sync failed"
    return {"failures": refused, "lost": 0}


def failing_write(points):
    """pwrite answers ENOSPC: nothing of the append is kept, and the same process goes on once there is room again."""
    refused = 0
    for point in range(2, points + 2):
        with folder() as path:
            lane = Lane(path)
            lane.run(2)
            code, errors = lane.run(6, before=inject("pwrite64", f"error=ENOSPC:when={point}"), bytes=2000, patience=5)
            refused += code != 0
            lane.verify()
    return {"failures": points, "ended": refused, "lost": 0}


def slow_disk(appends):
    """Every sync takes a tenth of a second: the appends that wait share it, and all are answered."""
    with folder() as path:
        lane = Lane(path / "log")
        calls = path / "calls"
        code, errors = lane.run(appends, before=inject("fdatasync", "delay_enter=100000", calls), in_flight=32)
        assert code == 0 and len(lane.acknowledged) == appends, errors
        # One that another thread's call interrupts stands there in two parts.
        syncs = calls.read_text().count("fdatasync(")
        assert 0 < syncs < appends, f"{appends} appends took {syncs} syncs, as if each were synced alone"
        lane.verify(ordered=False)
        return {"acknowledged": appends, "lost": 0}


@contextlib.contextmanager
def mounted(*arguments, at):
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", *arguments, str(at)], check=True)
    try:
        yield at
    finally:
        unmount(at)


def unmount(path):
    for _ in range(1200):
        if subprocess.run(["umount", str(path)], stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"{path} stays mounted")


def full_disk(runs):
    """The disk fills up and is freed again: appends are refused whole, reads go on, and no restart is needed."""
    refused = acknowledged = 0
    for _ in range(runs):
        with folder() as path, mounted("-t", "tmpfs", "-o", "size=2m", "tmpfs", at=path / "small") as small:
            ballast = small / "ballast"
            ballast.write_bytes(bytes(1_700_000))
            lane = Lane(small / "log")
            writer = subprocess.Popen(
                lane.command(40, bytes=10_000, patience=500, segment=100_000), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env=environment())
            lines = []
            for line in writer.stdout:
                lines.append(line)
                if line.startswith("full"):
                    refused += 1
                    if ballast.exists():
                        assert lane.read().returncode == 0, "reading fails while the disk is full"
                        ballast.unlink()
            assert writer.wait() == 0, writer.stderr.read()
            lane.note("".join(lines), 40)
            assert refused > 0 and len(lane.acknowledged) == 40, "the disk was never full, or not all was written"
            lane.verify()
            acknowledged += len(lane.acknowledged)
    return {"runs": runs, "refused": refused, "acknowledged": acknowledged, "lost": 0}


def power_cut(cuts, seed=None):
    """The power goes under load: ext4 on a loop device, shut down without flushing its journal, and mounted again."""
    chance = random.Random(seed)
    acknowledged = unacknowledged = 0
    for cut in range(cuts):
        with folder() as path:
            image, disk = path / "disk.img", path / "disk"
            with image.open("wb") as file:
                file.truncate(64 << 20)
            subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
            lane = Lane(disk / "log")
            with mounted("-o", "loop", str(image), at=disk):
                cut_under_load(lane, disk, chance)
            with mounted("-o", "loop", str(image), at=disk):
                found = lane.verify(ordered=False)
                code, errors = lane.run(2)
                assert code == 0, errors
            acknowledged += len(lane.acknowledged)
            unacknowledged += found - (len(lane.acknowledged) - 2)
    return {"cuts": cuts, "acknowledged": acknowledged, "lost": 0, "kept_unacknowledged": unacknowledged}


def cut_under_load(lane, disk, chance):
    options = chance.choice([{"in_flight": 16}, {"records": 4}, {"in_flight": 64, "bytes": 700}])
    writer = subprocess.Popen(
        lane.command(1_000_000, segment=chance.choice([20_000, 1 << 20]), **options), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, env=environment())
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(writer.stdout), daemon=True)
    reader.start()
    time.sleep(chance.uniform(0.05, 0.6))
    descriptor = os.open(disk, os.O_RDONLY)
    before = len(lines)
    fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(descriptor)
    writer.kill()
    writer.wait()
    reader.join()
    lane.note("".join(lines[:before]), 1_000_000)


def flipped_bits(flips, seed=None):
    """One bit of a finished log flips, anywhere: reading it reports damage, and so does opening the end of it."""
    chance = random.Random(seed)
    with folder() as path:
        lane = Lane(path)
        assert lane.run(30, bytes=1500, records=2)[0] == 0
        lane.verify()
        files = [*sorted(lane.files.glob("*.seg")), lane.files / "head"]
        bits = [(file, bit) for file in files for bit in range(file.stat().st_size * 8)]
        chosen = chance.sample(bits, min(flips, len(bits))) + [(file, 8 * at) for file in files for at in (0, 60, 68, 80)]
        for file, bit in chosen:
            flip(file, bit)
            done = lane.read()
            assert done.returncode == 1 and "damaged at byte" in done.stderr, f"bit {bit} of {file.name}: {done.stderr}"
            if file in files[-2:]:
                code, errors = lane.run(0)
                assert code == 1 and "damaged at byte" in errors, f"bit {bit} of {file.name}: {errors}"
            flip(file, bit)
        lane.verify()
        return {"flips": len(chosen), "reported": len(chosen)}


def flip(file, bit):
    with open(file, "r+b") as handle:
        handle.seek(bit // 8)
        byte = handle.read(1)[0]
        handle.seek(bit // 8)
        handle.write(bytes([byte ^ (1 << bit % 8)]))


def missing_files():
    """A tail, a segment or the head marks are gone: the lane is refused, and nothing is changed."""
    def truncate(lane):
        os.truncate(sorted(lane.files.glob("*.seg"))[-1], 100)

    def remove_last(lane):
        sorted(lane.files.glob("*.seg"))[-1].unlink()

    def remove_middle(lane):
        sorted(lane.files.glob("*.seg"))[1].unlink()

    def remove_head(lane):
        (lane.files / "head").unlink()

    refused = 0
    for harm, refuses_writer in [(truncate, True), (remove_last, True), (remove_head, True), (remove_middle, False)]:
        with folder() as path:
            lane = Lane(path)
            assert lane.run(30, bytes=1500, records=2)[0] == 0
            harm(lane)
            before = {file.name: file.read_bytes() for file in lane.files.iterdir() if file.name != "lock"}
            assert lane.read().returncode == 1, f"{harm.__name__}: reading reports nothing"
            assert not refuses_writer or lane.run(0)[0] == 1, f"{harm.__name__}: the writer opens"
            after = {file.name: file.read_bytes() for file in lane.files.iterdir() if file.name != "lock"}
            assert refuses_writer is False or before == after, f"{harm.__name__}: files were changed"
            refused += 1
    return {"harms": refused, "reported": refused}


def two_writers():
    """A second writer of the same lane is refused and told who holds it."""
    with folder() as path:
        lane = Lane(path)
        first = subprocess.Popen(lane.command(1_000_000), stdout=subprocess.PIPE, text=True, env=environment())
        try:
            first.stdout.readline()
            code, errors = Lane(path).run(1)
            assert code == 1 and f"held by process {first.pid}" in errors, errors
        finally:
            first.kill()
            first.wait()
    return {"refused": 1}


def faults(scale):
    """Every fault, with counts for a short form (1) or a multiple of it."""
    return [
        ("kill at any instant", lambda: kill_at_any_instant(20 * scale)),
        ("kill at every call", lambda: kill_at_every_call(step=1 if scale > 1 else 4)),
        ("failing sync", lambda: failing_sync(6 * min(scale, 3))),
        ("failing write", lambda: failing_write(4 * min(scale, 5))),
        ("slow disk", lambda: slow_disk(96 * scale)),
        ("full disk", lambda: full_disk(scale)),
        ("power cut", lambda: power_cut(2 * scale)),
        ("flipped bits", lambda: flipped_bits(150 * scale)),
        ("missing files", missing_files),
        ("two writers", two_writers),
    ]


def run(faults):
    """Lets each fault happen, and says how many were not stood."""
    failed = 0
    for name, fault in faults:
        began = time.monotonic()
        try:
            counts = " ".join(f"{key}={value}" for key, value in fault().items())
            print(f"log: {name}: ok {counts} seconds={time.monotonic() - began:.1f}", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"log: {name}: FAILED {error}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(run(faults(int(sys.argv[1]) if len(sys.argv) > 1 else 10)))

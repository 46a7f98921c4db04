"""Faults of the log on NATS with real servers and processes: servers and writers killed -9 at random, and two at once.

As in `log_faults`: AssertionError when a record that was acknowledged is missing, doubled, out of order or changed.
"""

import random
import subprocess
import sys
import threading
import time

from log_faults import Lane, environment, folder, program, run
from nats_servers import Servers

# A cluster of which every server was killed has to agree on its leaders first.
RECOVERY_SECONDS = 600


class RemoteLane(Lane):
    """A lane on servers, and everything that was ever acknowledged to be in it."""

    def start(self):
        """Opens the lane for writing as soon as the servers let it."""
        limit = time.monotonic() + RECOVERY_SECONDS
        while True:
            began = time.monotonic()
            code, errors = self.run(0)
            if code == 0:
                break
            assert "cannot be reached" in errors, f"opening failed: {errors}"
            assert time.monotonic() < limit, f"opening took too long: {errors}"
        self.starts += 1
        self.slowest = max(self.slowest, time.monotonic() - began)

    def read(self):
        """Reads everything as soon as the servers let it."""
        limit = time.monotonic() + RECOVERY_SECONDS
        while True:
            done = super().read()
            if done.returncode == 0 or "cannot be reached" not in done.stderr or time.monotonic() > limit:
                return done

    def begin(self):
        """Appends something that is to be lost by nothing, however little is taken while servers come and go."""
        limit = time.monotonic() + RECOVERY_SECONDS
        while not self.acknowledged:
            code, errors = self.run(10, patience=1_000_000)
            assert code == 0 or "cannot be reached" in errors, errors
            assert time.monotonic() < limit, f"nothing is acknowledged: {errors}"

    def write_until(self, limit, chance):
        """Appends until then with writers that are killed at random; says how many were."""
        kills = 0
        while time.monotonic() < limit:
            wide = chance.random() < 0.5
            options = {"in_flight": 16, "records": 3} if wide else {"records": chance.choice([1, 5])}
            writer = subprocess.Popen(
                self.command(1_000_000, bytes=chance.choice([50, 900]), patience=1_000_000, **options),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
            left = limit - time.monotonic()
            timer = threading.Timer(max(0.1, min(left, chance.uniform(0.5, 10))), writer.kill)
            timer.start()
            output, errors = writer.communicate()
            timer.cancel()
            self.note(output, 1_000_000)
            if writer.returncode == -9:
                kills += 1
            else:
                assert "cannot be reached" in errors, errors
        return kills


def servers_killed(seconds, count=3, seed=None):
    """Servers and writers are killed -9 at random under load, up to all servers at once."""
    seed = random.randrange(1 << 32) if seed is None else seed
    chance = random.Random(seed)
    with folder() as path, Servers(path, count) as servers:
        lane = RemoteLane(servers.address)
        lane.start()
        lane.begin()
        limit = time.monotonic() + seconds
        counted = {}
        writing = threading.Thread(
            target=lambda: counted.update(writers=lane.write_until(limit, random.Random(chance.random()))))
        writing.start()
        kills = servers.kill_at_random(chance, limit)
        writing.join()
        servers.start_all()
        try:
            # Without sequences, appends that are made at the same time come in any order.
            found = lane.verify(ordered=False)
        except AssertionError as error:
            raise AssertionError(f"{error} (seed {seed})") from None
        return {
            "servers_killed": kills, "writers_killed": counted.get("writers"), "acknowledged": len(lane.acknowledged),
            "found": found, "lost": 0, "slowest_start_s": round(lane.slowest, 1), "seed": seed}


def two_writers():
    """A second writer of the same producer is refused; one that finds its predecessor killed takes over at once."""
    with folder() as path, Servers(path, 1) as servers:
        lane = RemoteLane(servers.address)
        lane.start()
        took = []
        # A machine that others use as well may stand still for some seconds, but not each time.
        while not took or min(took) > 5 and len(took) < 4:
            first = subprocess.Popen(lane.command(1_000_000), stdout=subprocess.PIPE, text=True, env=environment())
            try:
                first.stdout.readline()
                code, errors = RemoteLane(servers.address).run(1)
                assert code == 1 and f"held by process {first.pid}" in errors, errors
            finally:
                first.kill()
                output, _ = first.communicate()
            lane.note(output, 1_000_000)
            lane.slowest = 0.0
            lane.start()
            took.append(lane.slowest)
        assert min(took) <= 5, f"the lease of a process that was killed is waited for: {took}"
        lane.verify()
        return {"refused": 1}


def several_producers(count=4):
    """Every producer's lane is seen, beside those of the others.

    With what was built for use: an optimizer has once made one lane out of all.
    """
    with folder() as path, Servers(path, 1) as servers:
        lanes = [RemoteLane(servers.address, f"ingest-{number}") for number in range(count)]
        for lane in lanes:
            lane.start()
            code, errors = lane.run(3)
            assert code == 0, errors
        return {"lanes": len(lanes), "found": sum(lane.verify() for lane in lanes)}


def rewritten(count=200):
    """Nothing of a rewritten record is left in any file of a single server."""
    with folder() as path, Servers(path, 1) as servers:
        lane = RemoteLane(servers.address)
        lane.start()
        # So short that what it says is written as it is; the key says which append it belongs to.
        code, errors = lane.run(count, bytes=100)
        assert code == 0, errors
        assert files_with(path, b"key-10\x64") == 1, "the records are not where they are looked for"
        words = [program(), "rewrite", lane.directory, "events", "ingest"]
        done = subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=600)
        assert done.stdout == f"rewritten {count}\n", done.stderr
        for number in range(1, count + 1):
            assert files_with(path, b"key-%d\x64" % number) == 0, f"append {number} is still in a file"
        assert lane.verify() == count
        return {"rewritten": count, "left": 0}


def files_with(path, text):
    return sum(text in content for content in map(content_of, path.rglob("*")))


def content_of(file):
    """What is in a file; nothing when its server has removed it meanwhile."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except FileNotFoundError:
        return b""


def faults(scale):
    """Every fault, with counts for a short form (1) or a multiple of it."""
    return [
        ("servers killed", lambda: servers_killed(25 * scale)),
        ("the only server killed", lambda: servers_killed(10 * scale, count=1)),
        ("two writers on NATS", two_writers),
        ("several producers on NATS", several_producers),
        ("rewritten on NATS", rewritten),
    ]


if __name__ == "__main__":
    sys.exit(run(faults(int(sys.argv[1]) if len(sys.argv) > 1 else 10)))

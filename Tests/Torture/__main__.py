"""Runs every fault, prints one line for each, and exits with 1 when anything that was promised did not hold.

    python3 -m Torture [--programs DIR] [--kills 200] [--power-cuts 20] [--full-disks 3] [--failed-syncs 20]
"""

import argparse
import itertools
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "EndToEnd")]

from support import Hub  # noqa: E402
from support.hub import PROGRAMS  # noqa: E402

from Torture import disks, kills  # noqa: E402
from Torture.report import Outcome  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="Torture", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--programs", type=lambda path: Path(path).resolve(), default=PROGRAMS, help="where kith and the services are")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="makes the same random choices again")
    for name, default in (("kills", 200), ("power-cuts", 20), ("full-disks", 3), ("failed-syncs", 20), ("slow-disk", 20)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"how many (slow-disk: seconds), by default {default}")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"seed {arguments.seed}, programs in {arguments.programs}", flush=True)
    clean = True
    with tempfile.TemporaryDirectory(prefix="kith-torture-") as folder:
        for outcome in everything(Path(folder), arguments):
            print(outcome, flush=True)
            clean &= outcome.is_clean
    sys.exit(0 if clean else 1)


def everything(folder: Path, arguments: argparse.Namespace) -> Iterator[Outcome]:
    """Each fault that was asked for; those that mount file systems or tamper with processes only as root."""
    random = Random(arguments.seed)
    if os.geteuid() != 0:
        print("skip  power cuts, full and failing disks take root", flush=True)
    with Hub(folder / "kills", programs=arguments.programs) as hub:
        yield from kills.random_kills(hub, arguments.kills, random)
        if os.geteuid() == 0:
            yield from itertools.chain(
                disks.failed_syncs(hub, arguments.failed_syncs) if arguments.failed_syncs else (),
                disks.slow_disk(hub, arguments.slow_disk) if arguments.slow_disk else ())
    if os.geteuid() == 0:
        yield from itertools.chain(
            disks.power_cuts(folder, arguments.programs, arguments.power_cuts, random) if arguments.power_cuts else (),
            disks.full_disks(folder, arguments.programs, arguments.full_disks) if arguments.full_disks else ())


if __name__ == "__main__":
    main()

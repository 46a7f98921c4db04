"""Runs every fault, prints one line for each, and exits with 1 when anything that was promised did not hold.

    python3 -m Torture [--programs DIR] [--kills 200] [--poisons 10] [--other-orders 3] [--failed-syncs 20] [--slow-disk 20]
                       [--power-cuts 20] [--full-disks 3] [--erasures 20] [--engines 60] [--stalls 20]
                       [--network-cuts 1] [--only FAULT…]

With 0 a fault is left out; with --only all others are.
"""

import argparse
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
from support_network import why_no_network  # noqa: E402

from Torture import disks, engines, erasures, kills, orders, poison, stalls  # noqa: E402
from Torture.ledger import Inspector  # noqa: E402
from Torture.outside import Outside  # noqa: E402
from Torture.report import Outcome  # noqa: E402

#: How many events come in another order.
EVENTS = 10_000
#: How often each fault is tried.
TIMES = {"kills": 200, "poisons": 10, "other-orders": 3, "failed-syncs": 20, "slow-disk": 20, "power-cuts": 20, "full-disks": 3,
         "erasures": 20, "engines": 60, "stalls": 20, "network-cuts": 1}
#: For how many seconds the network is cut, or somebody stands still.
CUT = 30


def main():
    parser = argparse.ArgumentParser(prog="Torture", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--programs", type=lambda path: Path(path).resolve(), default=PROGRAMS, help="where kith and the services are")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="makes the same random choices again")
    for name, default in TIMES.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"how many (slow-disk: seconds), by default {default}")
    parser.add_argument("--only", nargs="+", choices=TIMES, default=list(TIMES), metavar="FAULT", help="leave all others out")
    arguments = parser.parse_args()
    for name in TIMES.keys() - arguments.only:
        setattr(arguments, name.replace("-", "_"), 0)
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
    random, programs = Random(arguments.seed), arguments.programs
    is_root = os.geteuid() == 0
    if not is_root:
        print("skip  power cuts, full, failing and slow disks take root", flush=True)
    if arguments.kills or arguments.failed_syncs or arguments.slow_disk:
        yield from on_one_hub(folder / "kills", arguments, random)
    if is_root and arguments.power_cuts:
        yield from disks.power_cuts(folder, programs, arguments.power_cuts, random)
    if is_root and arguments.full_disks:
        yield from disks.full_disks(folder, programs, arguments.full_disks)
    if arguments.poisons:
        yield from poison.poison_events(folder, programs, arguments.poisons)
    if arguments.erasures:
        yield from erasures.erasures(folder, programs, arguments.erasures, random)
    if arguments.other_orders:
        yield from orders.other_orders(folder, programs, arguments.other_orders, EVENTS, random)
    yield from on_engines(folder, arguments, random)


def on_one_hub(folder: Path, arguments: argparse.Namespace, random: Random) -> Iterator[Outcome]:
    """The faults that a hub with a log and stores of its own survives again and again."""
    is_root = os.geteuid() == 0
    with Outside(folder) as outside, Hub(folder / "data", outside.configuration, arguments.programs) as hub:
        inspector = Inspector(hub, outside)
        if arguments.kills:
            yield from kills.random_kills(inspector, arguments.kills, random)
        if is_root and arguments.failed_syncs:
            yield from disks.failed_syncs(inspector, arguments.failed_syncs)
        if is_root and arguments.slow_disk:
            yield from disks.slow_disk(inspector, arguments.slow_disk)


def on_engines(folder: Path, arguments: argparse.Namespace, random: Random) -> Iterator[Outcome]:
    """The faults of NATS servers, one and three, and of a PostgreSQL."""
    why_not = why_no_network() if arguments.network_cuts else None
    if why_not:
        print(f"skip  a network cut {why_not}", flush=True)
    for servers in (1, 3):
        if arguments.engines:
            yield from engines.kills(folder / f"engines-{servers}", arguments.programs, arguments.engines // 2, servers, random)
        if arguments.stalls:
            yield from stalls.stalls(folder / f"stalls-{servers}", arguments.programs, arguments.stalls // 2, servers, CUT, random)
        if arguments.network_cuts and not why_not:
            yield from engines.network_cuts(folder / f"cut-{servers}", arguments.programs, arguments.network_cuts, servers, CUT)


if __name__ == "__main__":
    main()

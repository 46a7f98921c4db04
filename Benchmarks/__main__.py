"""Measures everything that has a goal, and prints one table of the goals with the figures beside them.

    python3 Benchmarks --programs .build/release --bare-route Benchmarks/.build/release/bare-route
"""

import argparse
import os
import platform
import signal
import statistics
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "Tests"
sys.path[:0] = [str(TESTS), str(TESTS / "EndToEnd")]

import door  # noqa: E402
import flow  # noqa: E402
from load import Run, median, wrk  # noqa: E402
from support import Hub  # noqa: E402
from support.web import bearer  # noqa: E402
from table import Goal, print_goals, print_rows  # noqa: E402

READERS = (1, 16, 64)


def main():
    arguments = parse()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}; medians of {arguments.rounds} runs")
    with tempfile.TemporaryDirectory(prefix="kith-bench-", dir=arguments.folder) as folder:
        goals = [*doors(arguments, Path(folder)), *flows(arguments, Path(folder)), *reads(arguments, Path(folder))]
    print_goals(goals)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--programs", type=lambda path: Path(path).resolve(), required=True, help="a release build's folder")
    parser.add_argument("--bare-route", type=lambda path: Path(path).resolve(), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of load for each figure of ingest and of reading")
    parser.add_argument("--events", type=int, default=200_000, help="sent from end to end")
    parser.add_argument("--profiles", type=int, default=100_000, help="there when profiles are read")
    parser.add_argument("--folder", help="where the data is written; by default where temporary files are")
    return parser.parse_args()


def doors(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    rows = list(door.measure(arguments.programs, arguments.bare_route, folder, arguments.rounds, arguments.seconds))
    print_rows("Ingest, events a second (p50 / p99 in ms) by connections", door.CONNECTIONS,
               [(f"{row.server}, {row.shape.name}", row.runs) for row in rows])
    best = {(row.server, row.shape.events): row.best for row in rows}
    memory = {row.shape.name: row.memory for row in rows if row.server == "ingest"}
    print("Peak resident memory of ingest: " + ", ".join(f"{shape} {peak} MiB" for shape, peak in memory.items()))
    errors = sum(run.errors for row in rows for run in row.runs.values())
    return [
        Goal("single events, share of the bare route's", best["ingest", 1] / best["bare route", 1], ">=", 0.75),
        Goal("events a second in batches of 100", best["ingest", 100], ">=", 150_000),
        Goal("ingest at the door, MiB resident at most", max(memory.values()), "<=", 150),
        Goal("failed requests", errors, "<=", 0),
    ]


def flows(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    runs = flow.measure(arguments.programs, folder, arguments.rounds, arguments.events)
    last = runs[-1]
    print(f"\nEnd to end, {last.events} events: " + ", ".join(f"{run.rate:,.0f}/s" for run in runs))
    print(f"On disk per event: {last.log_bytes / last.events:,.0f} bytes of log, {last.store_bytes / last.events:,.0f} of stores")
    print("Peak resident memory: " + ", ".join(f"{name} {peak} MiB" for name, peak in last.memory.items()))
    print(f"Identity, against the truth:\n{last.score}")
    return [
        Goal("events a second, end to end", statistics.median(run.rate for run in runs), ">=", 15_000),
        Goal("ingest end to end, MiB resident at most", max(run.memory["ingest"] for run in runs), "<=", 150),
        Goal("profile, MiB resident at most", max(run.memory["profile"] for run in runs), "<=", 400),
    ]


def reads(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    with Hub(folder / "reads", programs=arguments.programs) as hub:
        flow.fill(hub, arguments.profiles)
        runs: dict[int, list[Run]] = {}
        for _ in range(arguments.rounds):
            for readers in READERS:
                run = wrk(hub.profile, readers, arguments.seconds, "read.lua", "/v1/profiles/user:reader-",
                          arguments.profiles, bearer(hub.read_key)["Authorization"])
                runs.setdefault(readers, []).append(run)
        memory = flow.memory(hub)
    medians = {readers: median(each) for readers, each in runs.items()}
    print_rows(f"Reading one of {arguments.profiles} profiles, requests a second (p50 / p99 in ms) by connections",
               READERS, [("profile", medians)])
    print("Peak resident memory: " + ", ".join(f"{name} {peak} MiB" for name, peak in memory.items()))
    return [
        Goal("profile read, p99 in ms at 16 connections", medians[16].p99, "<=", 10),
        Goal("failed reads", sum(run.errors for run in medians.values()), "<=", 0),
        Goal("profile, MiB resident at most with these profiles", memory["profile"], "<=", 400),
    ]


if __name__ == "__main__":
    main()

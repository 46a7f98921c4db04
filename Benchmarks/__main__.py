"""Measures everything that has a goal, and prints one table of the goals with the figures beside them.

    python3 Benchmarks --programs .build/release --bare-route Benchmarks/.build/release/bare-route
    python3 Benchmarks --programs .build/release --only identity crowd    # a part of it
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
sys.path[:0] = [str(TESTS), str(TESTS / "EndToEnd"), str(TESTS / "Faults")]

import crowd  # noqa: E402
import door  # noqa: E402
import engines  # noqa: E402
import flow  # noqa: E402
import growth  # noqa: E402
import histories  # noqa: E402
import identity  # noqa: E402
import mapping  # noqa: E402
from load import Run, median, wrk  # noqa: E402
from support import Hub  # noqa: E402
from support.web import bearer  # noqa: E402
from table import Goal, print_goals, print_rows  # noqa: E402
from timing import Timings, print_timings, slowest_of  # noqa: E402

READERS = (1, 16, 64)


def main():
    arguments = parse()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}; medians of {arguments.rounds} runs")
    with tempfile.TemporaryDirectory(prefix="kith-bench-", dir=arguments.folder) as folder:
        goals = [goal for part in arguments.only for goal in PARTS[part](arguments, Path(folder))]
    if goals:
        print_goals(goals)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--programs", type=lambda path: Path(path).resolve(), required=True, help="a release build's folder")
    parser.add_argument("--bare-route", type=lambda path: Path(path).resolve(), help="which ingest is compared with")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART",
                        help=f"of {', '.join(PARTS)}; by default all")
    parser.add_argument("--full", action="store_true", help="let the store grow to 10,000,000 events, which takes an hour")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of load for each figure of ingest and of reading")
    parser.add_argument("--events", type=int, default=200_000, help="sent from end to end")
    parser.add_argument("--profiles", type=int, default=100_000, help="there when profiles are read")
    parser.add_argument("--people", type=int, default=50_000, help="in each of the streams that are resolved in memory")
    parser.add_argument("--identifiers", type=int, default=1_000_000, help="in the graph that is changed and explained")
    parser.add_argument("--visits", type=int, default=crowd.EVENTS, help="sent when these are there")
    parser.add_argument("--history", type=int, default=100_000, help="events of each of two profiles that are merged, and of a phone")
    parser.add_argument("--grown", type=int, default=1_000_000, help="events up to which the store grows")
    parser.add_argument("--folder", help="where the data is written; by default where temporary files are")
    arguments = parser.parse_args()
    if "ingest" in arguments.only and not arguments.bare_route:
        parser.error("ingest is compared with --bare-route")
    return arguments


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


def resolutions(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    resolved = identity.measure(arguments.programs, folder, arguments.people)
    print(f"\nIdentities resolved in memory, streams of {len(resolved.reports)} seeds\n{resolved}")
    print("".join(f"missed: {reason}\n" for reason in resolved.missed), end="")
    return [
        Goal("events a second, resolved and folded on one core", resolved.worst("resolvingRate", statistics.median), ">=", 300_000),
        Goal("identity: precision", resolved.worst("precision", min), ">=", 0.999),
        Goal("identity: recall, share of an oracle's", resolved.worst("shareOfOracle", min), ">=", 0.995),
        Goal("identity: profiles over the limits", resolved.worst("overLimits", max), "<=", 0),
        Goal("identity: most people in one profile", resolved.worst("largestMix", max), "<=", 10),
        Goal("identity: most identifiers in one profile", resolved.worst("largestProfile", max), "<=", 50),
    ]


def flows(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    runs = flow.measure(arguments.programs, folder, arguments.rounds, arguments.events)
    last = runs[-1]
    print(f"\nEnd to end, from the first POST to the last profile committed, {last.events} events: "
          + ", ".join(f"{run.rate:,.0f}/s" for run in runs))
    print("The same again from the log into a new store: " + ", ".join(f"{run.from_log:,.0f}/s" for run in runs))
    print(f"On disk per event: {last.log_bytes / last.events:,.0f} bytes of log, {last.store_bytes / last.events:,.0f} of stores")
    print("Peak resident memory: " + ", ".join(f"{name} {peak} MiB" for name, peak in last.memory.items()))
    print(f"Identity, against the truth:\n{last.score}")
    return [
        Goal("events a second, end to end, from the first POST", statistics.median(run.rate for run in runs), ">=", 15_000),
        Goal("events a second, resolved from one partition", statistics.median(run.from_log for run in runs), ">=", 25_000),
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


def mappings(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    rate, per_core = mapping.measure(arguments.programs, folder, arguments.events)
    print(f"\nNDJSON through a jq expression to the log: {rate:,.0f} records/s, {per_core:,.0f} for each second of a core")
    rows, rows_per_core = mapping.measure_table(arguments.programs, folder, min(arguments.events, 100_000))
    print(f"PostgreSQL through a jq expression to the log: {rows:,.0f} rows/s, {rows_per_core:,.0f} for each second of a core")
    return [
        Goal("records a second by jq, on one core", per_core, ">=", 15_000),
        Goal("rows a second from PostgreSQL, on one core", rows_per_core, ">=", 15_000),
    ]


def crowds(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    found = crowd.measure(arguments.programs, folder, arguments.identifiers, arguments.visits)
    print_timings(f"With {found.identifiers:,} identifiers, until a query shows it", found.timings)
    print(f"Events of the people who are there: {found.rate:,.0f}/s from the first POST to the last commit")
    print("Peak resident memory: " + ", ".join(f"{name} {peak} MiB" for name, peak in found.memory.items()))
    return quick(f"with {found.identifiers:,} identifiers", found.timings)


def long_histories(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    timings = histories.measure(arguments.programs, folder, arguments.history)
    print_timings(f"Two profiles of {arguments.history:,} events each, until a query shows it", timings)
    goals = quick(f"two of {arguments.history:,} events", timings)
    timings, growth_of_cost = histories.measure_phone(arguments.programs, folder, arguments.history)
    print_timings("A phone on which nobody is named, until a query shows it", timings)
    name = f"a phone's event after {arguments.history:,}, times one after {histories.FEW:,}"
    return [*goals, Goal(name, growth_of_cost, "<=", 2)]


def quick(where: str, timings: Timings) -> list[Goal]:
    """That to merge, to split and to explain never takes long."""
    slowest = {kind: slowest_of(kind, timings) for kind in ("merge", "split", "explain")}
    return [Goal(f"{kind} {where}, p99 in ms", figure, "<=", 100) for kind, figure in slowest.items() if figure is not None]


def growths(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    early, late = (1_000_000, 10_000_000) if arguments.full else (min(200_000, arguments.grown), arguments.grown)
    print(f"\nEnd to end as the store grows, to {late:,} events")
    rate, grown = growth.measure(arguments.programs, folder, early, late)
    return [Goal(f"rate at {late:,} events, share of that at {early:,}", grown / rate, ">=", 0.8)]


def every_engine(arguments: argparse.Namespace, folder: Path) -> list[Goal]:
    print("\nThe log on each engine, megabytes of records a second, beside libnats alone")
    print(f"{'':44}{'append':>10}{'alone':>10}{'read':>10}{'alone':>10}")
    goals = []
    for rate in engines.measure_logs(arguments.programs, folder, arguments.rounds):
        figures = (rate.append, rate.bare_append, rate.read, rate.bare_read)
        print(f"{rate.engine:<44}" + "".join(f"{'' if figure is None else round(figure):>10}" for figure in figures), flush=True)
        if rate.bare_append:
            appended, read = rate.shares
            goals += [Goal(f"{rate.engine}: append, share of alone", appended, ">=", 0.75),
                      Goal(f"{rate.engine}: read, share of alone", read, ">=", 0.75)]
    print(f"\nEnd to end on each engine, {arguments.events} events")
    for flow_ in engines.measure_flows(arguments.programs, folder, arguments.events):
        alone = f"; PostgreSQL alone restores the same rows at {flow_.restored:,.0f}/s" if flow_.restored else ""
        print(f"{flow_.engines}: {flow_.rate:,.0f}/s{alone} {flow_.bytes_per_event}", flush=True)
        if flow_.restored:
            goals.append(Goal(f"events a second, {flow_.engines}", flow_.rate, ">=", 10_000))
    return goals


#: Every part, in the order of the table.
PARTS = {"ingest": doors, "identity": resolutions, "flow": flows, "growth": growths, "crowd": crowds,
         "histories": long_histories, "reads": reads, "mapping": mappings, "engines": every_engine}


if __name__ == "__main__":
    main()

"""Writes a stream and its truth, or scores profiles against one.

    python3 -m Generator stream --out DIR [--events N] [--seed N]     events.ndjson and truth.csv
    python3 -m Generator score truth.csv predicted.csv                predicted.csv: message id, profile id
"""

import argparse
import csv
import json
from pathlib import Path

from . import Options, generate
from .score import score


def main():
    parser = argparse.ArgumentParser(prog="Generator", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    stream = actions.add_parser("stream", help="write a stream and its truth")
    stream.add_argument("--out", type=Path, default=Path("."))
    defaults = Options()
    for name, value in vars(defaults).items():
        stream.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default {value}")
    marks = actions.add_parser("score", help="score profiles against the truth")
    marks.add_argument("truth", type=Path)
    marks.add_argument("predicted", type=Path)
    marks.add_argument("--skip", default="k", help="flags of events that do not count, by default k (kiosks)")
    arguments = parser.parse_args()
    if arguments.action == "stream":
        write(arguments.out, Options(**{name: getattr(arguments, name) for name in vars(defaults)}))
    else:
        print(compare(arguments.truth, arguments.predicted, arguments.skip))


def write(folder: Path, options: Options):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "events.ndjson", "w") as events, open(folder / "truth.csv", "w", newline="") as truth:
        rows = csv.writer(truth)
        rows.writerow(["messageId", "person", "source", "flags"])
        for event in generate(options):
            events.write(json.dumps({"source": event.source, "call": event.call}, ensure_ascii=False) + "\n")
            rows.writerow([event.call["messageId"], event.person, event.source, event.flags])


def compare(truth: Path, predicted: Path, skipped: str):
    with open(truth, newline="") as lines:
        rows = [(row["messageId"], row["person"], row["flags"]) for row in csv.DictReader(lines)]
    with open(predicted, newline="") as lines:
        profiles = {row[0]: row[1] for row in csv.reader(lines) if len(row) >= 2}
    return score(rows, profiles, skipped)


if __name__ == "__main__":
    main()

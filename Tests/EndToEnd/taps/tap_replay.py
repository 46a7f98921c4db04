"""A Singer tap that does what a script says: it plays recorded lines, and misbehaves on demand.

Its configuration names the script, a JSON list of steps, which the test may write anew before each run. Beside it the tap
notes of each run what it was given.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main():
    arguments = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
    config_file = Path(arguments["--config"])
    config = json.loads(config_file.read_text())
    script = Path(config["script"])
    if sys.argv[-1] == "--discover":
        catalog = script.with_suffix(".catalog")
        print(catalog.read_text() if catalog.exists() else json.dumps({"streams": [entry("people")]}, indent=2))
        return
    note(script, config, arguments)
    for step in json.loads(script.read_text()):
        [(name, value)] = step.items()
        STEPS[name](value, config_file)


def entry(stream: str) -> dict:
    properties = {"id": {"type": "integer"}, "email": {"type": "string"}, "updated_at": {"type": "string"}}
    return {"tap_stream_id": stream, "stream": stream, "key_properties": ["id"],
            "schema": {"type": "object", "properties": properties}, "metadata": []}


def note(script: Path, config: dict, arguments: dict[str, str]):
    state = arguments.get("--state")
    given = {"pid": os.getpid(), "config": config, "state": state and json.loads(Path(state).read_text()),
             "catalog": json.loads(Path(arguments["--catalog"]).read_text())}
    with open(script.with_suffix(".runs"), "a") as runs:
        runs.write(json.dumps(given) + "\n")


def say(message):
    """A message, or a line as it is."""
    print(message if isinstance(message, str) else json.dumps(message), flush=True)


def person(number: int, time: bool) -> dict:
    record = {"id": number, "email": f"p{number}@x.test"}
    return {**record, "updated_at": f"2026-11-01T{number % 24:02}:00:00Z"} if time else record


def records(span, _):
    """People from one number to another, padded with so many spaces, of a time or not; of many all but each tenth are
    strangers."""
    padding = {"padding": " " * span["padding"]} if "padding" in span else {}
    for number in range(span["from"], span["to"]):
        stream = "strangers" if span.get("strangers") and number % 10 else "people"
        record = person(number, span.get("time", False)) | padding
        sys.stdout.write(json.dumps({"type": "RECORD", "stream": stream, "record": record}) + "\n")
    sys.stdout.flush()


def environment(_, __):
    say({"type": "RECORD", "stream": "people", "record": {"id": 1, "email": "e@x.test", "environment": dict(os.environ)}})


def rotate(change, config_file):
    config_file.write_text(json.dumps(json.loads(config_file.read_text()) | change))


def mute(_, __):
    for descriptor in (1, 2):
        os.close(descriptor)


STEPS = {
    "file": lambda path, _: sys.stdout.write(Path(path).read_text()),
    "say": lambda message, _: say(message),
    "raw": lambda text, _: sys.stdout.write(text),
    "complain": lambda text, _: print(text, file=sys.stderr, flush=True),
    "schema": lambda keys, _: say({"type": "SCHEMA", "stream": "people", "key_properties": keys, "schema": {}}),
    "state": lambda value, _: say({"type": "STATE", "value": value}),
    "records": records,
    "environment": environment,
    "huge": lambda size, _: sys.stdout.write('{"type": "RECORD", "padding": "' + "x" * size + '"}\n'),
    "rotate": rotate,
    "mute": mute,
    "ignoreTermination": lambda _, __: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "sleep": lambda seconds, _: time.sleep(seconds),
    "exit": lambda code, _: sys.exit(code),
}

if __name__ == "__main__":
    main()

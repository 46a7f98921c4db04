"""Events that end the process that reads them, as a defect of the program would."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

from support import Hub, promptly
from support.waiting import TookTooLong

from .ledger import Inspector
from .load import Load, until
from .outside import Outside
from .report import Outcome

#: What `profile` traps on when it is started with `TRAPPING`.
NAME = "Poison"
TRAPPING = {"KITH_TEST_TRAP_ON": NAME}
#: How long the stream may stand still for the sake of one event.
STILL = 30.0


def poison_events(folder: Path, programs: Path, times: int) -> Iterator[Outcome]:
    """Each goes to the dead letters after three deaths, and what is around it has its effect once; every other time there are two."""
    outcome = Outcome("poison event", STILL)
    with (Outside(folder / "poison") as outside,
          Hub(folder / "poison" / "data", outside.configuration, programs, environment=TRAPPING) as hub):
        inspector = Inspector(hub, outside)
        for number in range(times):
            with Load(hub, outside, f"poison-{number}") as load:
                until(load, 1)
                start = time.monotonic()
                send_poison(hub, load, f"around-{number}", 1 + number % 2)
                try:
                    promptly(lambda: is_behind(hub, f"around-{number}"), STILL)
                except TookTooLong:
                    outcome.violations.append(f"repetition {number + 1}: the stream stands still")
                    outcome.times += 1
                    break
                moving = time.monotonic() - start
            outcome.add(inspector.inspect(load.ledger), moving)
    yield outcome


def send_poison(hub: Hub, load: Load, person: str, count: int):
    """Sends poison between two good events of the same person."""
    poison = [f"{person}-poison-{place}" for place in range(count)]
    good = [f"{person}-before", f"{person}-behind"]
    load.ledger.sending((person, id) for id in good)
    load.ledger.poison.update(poison)
    events = [{"type": "track", "event": NAME if id in poison else "Item Viewed", "userId": person, "messageId": id}
              for id in (good[0], *poison, good[1])]
    assert hub.post("/v1/batch", {"batch": events}).status == 200
    load.ledger.acknowledge(event["messageId"] for event in events)


def is_behind(hub: Hub, person: str) -> bool:
    """Whether the event after the poison has had its effect."""
    try:
        answer = hub.get(f"/v1/profiles/user:{person}/events")
    except (OSError, http.client.HTTPException):
        return False  # There is nobody to ask while it dies.
    return answer.status == 200 and any(event["messageId"] == f"{person}-behind" for event in answer.json()["events"])

"""kill -9 of any executable, at a random instant under load."""

import time
from collections.abc import Iterator
from random import Random

from support import Hub, eventually
from support.hub import SERVICES

from .ledger import Inspector
from .load import Load, until
from .report import Outcome

#: The victims, the services twice as often as the rest: the supervisor, and everything at once.
VICTIMS = [*SERVICES, *SERVICES, "kith", "everything"]


def random_kills(inspector: Inspector, times: int, random: Random) -> Iterator[Outcome]:
    """Each victim's outcome after ``times`` kills in all; the senders never stop while one is down.

    Each victim has its turn before chance decides.
    """
    outcomes = {victim: Outcome(f"kill -9 of {victim}") for victim in VICTIMS}
    turns = list(outcomes)
    hub = inspector.hub
    for number in range(times):
        victim = turns[number] if number < len(turns) else random.choice(VICTIMS)
        with Load(hub, inspector.outside, f"kill-{number}") as load:
            until(load, 1)
            time.sleep(random.uniform(0, 0.5))
            recovery = kill(hub, victim)
            until(load, 100)
        outcomes[victim].add(inspector.inspect(load.ledger), recovery)
    yield from (outcome for outcome in outcomes.values() if outcome.times)


def kill(hub: Hub, victim: str) -> float:
    """Kills, starts again where nobody else does, and returns the seconds until all is ready."""
    if victim in SERVICES:
        return hub.kill_and_await(victim)
    if victim == "everything":
        hub.kill_all()
    else:
        hub.process.kill()
        hub.process.wait()
        # The services notice that their parent has gone, and stop in good order; that is not recovery yet.
        eventually(lambda: not any(hub.pid(service) for service in SERVICES), 60, "the end of the orphaned services")
    start = time.monotonic()
    hub.start()
    return time.monotonic() - start

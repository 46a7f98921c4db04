"""People are erased under load, while everything is killed: no byte of them may be left, and all of the others must be there."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from support import Answer, Hub, eventually, promptly
from support.waiting import TookTooLong

from .kills import VICTIMS, kill
from .ledger import Inspector, Ledger
from .load import TRANSIENT, until
from .outside import Outside
from .report import Outcome
from .town import Person, Town, remains

#: How long it may take until a person is erased, once nobody is killed any more.
DONE = 90.0
#: How many are erased at once, again and again.
AT_ONCE = (1, 2, 4, 1, 3)
#: When somebody is killed: while the request is under way, once it is answered, while the log is rewritten, or whenever.
MOMENTS = ("asking", "answered", "rewriting", "any")
#: Small segments, so that there are many to rewrite.
SEGMENTS = {"KITH_SEGMENT_SIZE": "256KiB"}
#: After which answers one tries again: while `kith` is down, somebody else may listen where it did.
ONCE_MORE = TRANSIENT | {401, 404}

#: How many places of what should not be there are shown.
SHOWN = 5


@dataclass
class Case:
    """What was done to a town, and what it came to."""
    town: Town
    outcome: Outcome
    erased: list[Person]
    deaths: int = 0
    requests: int = 0
    #: When each receipt was handed out, and when it said that it is done.
    asked: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def hub(self) -> Hub:
        return self.town.hub

    def must(self, holds: bool, what: str):
        if not holds:
            self.outcome.violations.append(what)


def erasures(folder: Path, programs: Path, times: int, random: Random) -> Iterator[Outcome]:
    """Erases so many people of a town, with one death for each, and looks for what is left of them and of the others."""
    outcome = Outcome("people erased", DONE)
    with (Outside(folder / "erasures") as outside,
          Hub(folder / "erasures" / "data", outside.configuration, programs, environment=SEGMENTS) as hub):
        # An even number: two share a tablet.
        town = Town(hub, outside, 2 * times + 6, random)
        town.transient = ONCE_MORE
        case = Case(town, outcome, random.sample(town.folk, times))
        town.introduce()
        with town:
            until(town, 100 * times)
            erase_all(case, random)
            await_done(case)
            until(town, 200)
        others = the_others(case)
        left = lookout(case, "while it runs")
        inspector = Inspector(hub, SimpleNamespace(messages={
            text: ids for text, ids in outside.messages.items()
            if json.loads(text)["who"] not in {person.user for person in case.erased}}))
        outcome.verdict = inspector.inspect(others, within=120)
        case.must(outcome.verdict.is_clean, f"of the others: {outcome.verdict}")
        redacted = look_at_mentions(case)
        come_again(case, inspector)
        rebuild(case)
        left = max(left, lookout(case, "after a rebuild"))
        hub.stop()
        left = max(left, lookout(case, "after the end", 0))
    outcome.times = times
    waits = sorted(case.done[id] - case.asked[id] for id in case.done) or [DONE]
    outcome.notes.append(
        f"{case.deaths} kills, {case.requests} requests, done after {waits[len(waits) // 2]:.1f} s (median), "
        f"{waits[-1]:.1f} s (worst); "
        f"{left} marker bytes left; {len(town.folk) - times} others, {redacted} of whose events told of the erased")
    yield outcome


# MARK: - Erasing


def erase_all(case: Case, random: Random):
    """One after the other and several at once; each death has another moment and, at first, another victim."""
    queue, deaths, group = list(case.erased), 0, 0
    victims = list(dict.fromkeys(VICTIMS))
    random.shuffle(victims)
    while queue:
        size = AT_ONCE[group % len(AT_ONCE)]
        people, queue, group = queue[:size], queue[size:], group + 1
        with ThreadPoolExecutor(len(people)) as pool:
            asked = [pool.submit(erase, case, person, random.choice(person.names)) for person in people]
            for _ in people:
                victim = victims[deaths] if deaths < len(victims) else random.choice(VICTIMS)
                await_moment(case, MOMENTS[deaths % len(MOMENTS)], lambda: [one.result() for one in asked if one.done()], random)
                kill(case.hub, victim)
                deaths += 1
            for one in asked:
                one.result(DONE)
        if random.random() < 0.5:
            await_done(case)
    case.deaths = deaths


def erase(case: Case, person: Person, name: str) -> str:
    """Has a person erased as somebody would who does not give up; the receipt's id is returned."""
    case.town.leave(person)
    return request(case, name)


def request(case: Case, name: str) -> str:
    """Asks until the answer is a receipt, whose id is returned."""
    def accepted() -> str | None:
        with case.lock:
            case.requests += 1
        answer = asking(case.hub, "DELETE", f"/v1/profiles/{name}?reason=asked")
        if answer is None or answer.status in ONCE_MORE:
            return None
        assert answer.status == 202, answer
        id = answer.json()["id"]
        case.asked[id] = time.time()
        return id

    return eventually(accepted, DONE, f"an answer to the erasure of {name}")


def await_moment(case: Case, moment: str, receipts: Callable[[], list[str]], random: Random):
    """Waits for the moment at which somebody is to die."""
    match moment:
        case "asking":
            time.sleep(random.uniform(0, 0.05))
        case "answered":
            eventually(receipts, DONE, "the answer to an erasure")
        case "rewriting":
            eventually(receipts, DONE, "the answer to an erasure")
            forgotten = ("rewriting", "done")
            eventually(lambda: any(state_of(case.hub, id) in forgotten for id in receipts()), DONE, "a forgotten person")
            # The rewriting begins when everything that was on its way is there.
            time.sleep(random.choice([random.uniform(0, 4.5), random.uniform(4.5, 6)]))
        case _:
            time.sleep(random.uniform(0, 1))


def await_done(case: Case):
    """Waits until every erasure is done, those too whose answers were lost."""
    def all_done() -> bool:
        receipts = listed(case.hub)
        if receipts is None:
            return False
        for receipt in receipts:
            if receipt["state"] == "done":
                case.done.setdefault(receipt["id"], time.time())
                case.asked.setdefault(receipt["id"], time.time())
        return case.asked.keys() <= {one["id"] for one in receipts} and all(one["state"] == "done" for one in receipts)

    try:
        promptly(all_done, DONE)
    except TookTooLong:
        open = [one for one in listed(case.hub) or [] if one["state"] != "done"]
        case.must(False, f"not done {DONE:.0f} s after the last death: {open}")


def listed(hub: Hub) -> list[dict[str, Any]] | None:
    """The receipts of all erasures; nothing when there was no answer."""
    receipts: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = asking(hub, "GET", f"/v1/erasures?limit=200{cursor}")
        if answer is None or answer.status != 200:
            return None
        receipts += answer.json()["erasures"]
        if "cursor" not in answer.json():
            return receipts
        cursor = f"&cursor={answer.json()['cursor']}"


def state_of(hub: Hub, id: str) -> str | None:
    answer = asking(hub, "GET", f"/v1/erasures/{id}")
    return answer.json().get("state") if answer else None


def asking(hub: Hub, method: str, path: str) -> Answer | None:
    """One try to ask `profile`; nothing when there was no answer."""
    try:
        return hub.admin(method, path)
    except (OSError, http.client.HTTPException):
        return None


# MARK: - What is left


def lookout(case: Case, when: str, within: float = 30) -> int:
    """How many bytes of the erased people's markers are left in the end; each file with some is a violation.

    `control` forgets who it was as the last of all, so that while it runs there is some time.
    """
    data = case.hub.data
    try:
        eventually(lambda: not remains(data, case.erased), within)
    except TookTooLong:
        pass
    found = remains(data, case.erased)
    for file, (count, sample) in list(found.items())[:SHOWN]:
        case.must(False, f"{when}: {count} bytes of markers in {file}, the first in {sample!r}")
    return sum(count for count, _ in found.values())


def the_others(case: Case) -> Ledger:
    """The ledger of everybody who is not erased."""
    ledger, gone = case.town.ledger, {person.user for person in case.erased}
    sent = {person: ids for person, ids in ledger.sent.items() if person not in gone}
    ids = set().union(*sent.values())
    return Ledger(sent=sent, acknowledged=ledger.acknowledged & ids, written=ledger.written & ids)


def look_at_mentions(case: Case) -> int:
    """How many of the others' events told of the erased; each must have everything else that it had, and only that."""
    erased, town = set(case.erased), case.town
    count = 0
    for person in town.folk:
        if person in erased:
            case.must(all(case.hub.one_profile(name) is None for name in person.names), f"person {person.number} has a profile")
            continue
        profile = case.hub.one_profile(f"user:{person.user}")
        friend = town.other(person, 2)
        expected = {"name": f"N. {person.marker}", "city": "Ulm", **({} if friend in erased else {"friend": friend.email})}
        traits = profile["traits"] if profile else {}
        case.must(expected.items() <= traits.items() and ("friend" in traits) == ("friend" in expected),
                  f"person {person.number} has the traits {traits}")
        for event in case.hub.events(f"user:{person.user}", limit=200):
            mentioned = town.mentions.get(event["messageId"])
            if not mentioned:
                continue
            count += not erased.isdisjoint(mentioned)
            body = event.get("event") or {}
            kept = sorted(one.email for one in mentioned if one not in erased)
            found = sorted(addresses(body, person))
            case.must(found == kept, f"{event['messageId']} mentions {found}, not {kept}")
            properties = body.get("properties", {})
            case.must(properties.get("note") == f"of {person.marker}" and properties.get("price") == 2.1
                      and properties.get("n") in (None, 9007199254740993), f"{event['messageId']} has become {body}")
    return count


def addresses(value: Any, author: Person) -> list[str]:
    """The mail addresses of others that are anywhere in an event."""
    if isinstance(value, dict | list):
        return [one for part in (value.values() if isinstance(value, dict) else value) for one in addresses(part, author)]
    return [value] if isinstance(value, str) and "@" in value and value.lower() != author.email else []


def come_again(case: Case, inspector: Inspector):
    """Sends what is of the erased, and what others say of them: the former is not to be taken in, the latter without them."""
    town, hub = case.town, case.hub
    witness = next(person for person in town.folk if person not in case.erased)
    late, said = [], []
    for person in case.erased:
        late += [
            town.said(person, "track", event="Item Viewed"),
            {"type": "page", "anonymousId": person.phone, "name": "late"},
            {"type": "identify", "anonymousId": f"new-phone-{person.number}", "traits": {"email": person.email}},
            {"type": "alias", "userId": f"new-name-{person.number}", "previousId": person.user},
        ]
        said += [
            {"type": "track", "event": "Message Posted", "userId": witness.user, "properties": {"to": person.email.upper()}},
            {"type": "page", "userId": witness.user, "anonymousId": person.phone, "name": "at the phone of somebody who has gone"},
        ]
    for number, event in enumerate(late + said):
        event["messageId"] = f"late-{number}"
    before = sum(1 for _ in hub.events(f"user:{witness.user}", limit=200))
    hub.send(late + said)
    hub.settled()
    inspector.read()
    taken = {id for number in range(len(late)) if inspector.logged[id := f"late-{number}"]}
    case.must(not taken, f"{len(taken)} events of erased people are taken in")
    after = sum(1 for _ in hub.events(f"user:{witness.user}", limit=200))
    case.must(after - before == len(said), f"{after - before} events of {len(said)} that mention the erased came to their author")
    for person in case.erased:
        for name in (*person.names, f"anonymous:new-phone-{person.number}", f"user:new-name-{person.number}"):
            case.must(hub.one_profile(name) is None, f"person {person.number} is known again by {name.partition(':')[0]}")


def rebuild(case: Case):
    """A store that is made anew from the log is the same."""
    done = case.hub.kith("rebuild", "--json", check=False)
    case.must(done.returncode == 0, f"the rebuild failed: {done.stdout}{done.stderr}")
    if done.returncode == 0:
        report = json.loads(done.stdout)["report"]
        case.must(report["unchanged"] == report["after"] == report["before"] and not report["refusedRecords"],
                  f"a rebuild is different: {report}")

"""Three processes of profile on one PostgreSQL: one resolves, all of them answer, and whoever resolves may die, stall or stop."""

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from Faults.nats_servers import Servers

from support import Hub, Web, eventually
from support.member import Member
from support.web import Answer, bearer
from support_postgresql import PostgreSQL
from test_postgresql_store import plain

#: The names of the members, of whom `kith up` runs the first one; the second one resolves whenever it is there.
FIRST, SECOND, THIRD = "profile-api", "profile-4", "profile-3"
#: How soon another resolves: five seconds after somebody was heard of last, and more on a machine that is busy with other tests.
SOON = 60


class Crew:
    """The hub's own process, and two beside it."""

    def __init__(self, hub: Hub, database: PostgreSQL):
        self.hub = hub
        self.database = database
        self.others = {name: Member(hub, "profile", name).start() for name in (SECOND, THIRD)}

    def url(self, name: str) -> str:
        return self.hub.profile if name == FIRST else self.others[name].url

    def call(self, name: str, method: str, path: str, body: Any = None) -> Answer:
        sent = None if body is None else json.dumps(body).encode()
        with Web(self.url(name)) as web:
            return web.call(method, path, sent, {"Content-Type": "application/json", **bearer(self.hub.admin_key)})

    def resolver(self) -> str | None:
        rows = self.database.sql("SELECT member FROM kith_profile_members.lease WHERE name = 'intake'")
        return rows[0][0] if rows else None

    def is_whole(self) -> bool:
        """Whether everybody is there, and it is the second one's turn."""
        [[count]] = self.database.sql("SELECT count(*) FROM kith_profile_members.member WHERE present = 1")
        return int(count) == 3 and self.resolver() == SECOND

    def shows(self, name: str, identifier: str) -> dict[str, Any] | None:
        answer = self.call(name, "GET", f"/v1/profiles/{identifier}")
        return answer.json() if answer.status == 200 else None


class Crowd:
    """People who are seen on devices, tell a mail address that makes two devices one person, and log in."""

    def __init__(self, hub: Hub):
        self.hub = hub
        self.count = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> "Crowd":
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(300)
        assert not self.thread.is_alive()

    def run(self):
        while not self.stopping.wait(0.4):
            self.hub.send(event for number in range(self.count, self.count + 10) for event in life(number))
            self.hub.send([{"type": "track", "userId": "regular", "event": "Came", "messageId": f"r{self.count}"}])
            self.count += 10


def life(number: int) -> Iterator[dict[str, Any]]:
    """A device's; every other one shares its mail address, and so its person, with the one before, and three have one user."""
    at = {"timestamp": f"2026-01-01T{number % 24:02}:{number % 60:02}:00Z"}
    yield {"type": "track", "anonymousId": f"d{number}", "event": "Seen", "messageId": f"s{number}", **at}
    yield {"type": "identify", "anonymousId": f"d{number}", "messageId": f"i{number}",
           "traits": {"email": f"p{number // 2}@crowd.example", "name": f"N {number}"}, **at}
    if number >= 6 and number % 3 == 0:
        # Those of some time ago become one, whose histories are longer by now.
        yield {"type": "identify", "userId": f"u{number // 12}", "anonymousId": f"d{number - 6}", "messageId": f"u{number}", **at}


class Asker:
    """Somebody who asks each member all the while; of one that is hurt just then nothing is expected."""

    def __init__(self, crew: Crew):
        self.crew = crew
        self.hurt: str | None = None
        self.answers = dict.fromkeys((FIRST, SECOND, THIRD), 0)
        self.wrong: list[Any] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=[name], daemon=True) for name in self.answers]

    def __enter__(self) -> "Asker":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(300)
        assert not self.wrong, self.wrong[:5]

    def run(self, name: str):
        while not self.stopping.wait(0.05):
            if name == self.hurt:
                continue
            try:
                found = self.crew.shows(name, "anonymous:d0")
                if found is None or found["eventCount"] < 2:
                    raise AssertionError(found)
                self.answers[name] += 1
            except Exception as error:
                if name != self.hurt:
                    self.wrong.append((name, repr(error)))


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    with Servers(tmp_path / "nats", 1) as nats, PostgreSQL() as database:
        with Hub(tmp_path / "data", environment={"KITH_LOG": nats.address, "KITH_STORE": database.url()}) as hub:
            crew = Crew(hub, database)
            try:
                yield crew
            finally:
                for member in crew.others.values():
                    member.end()


def test_whoever_resolves_dies_stalls_or_stops_and_it_is_as_if_one_had_done_it_all(crew: Crew):
    hub = crew.hub
    hub.send(life(0))
    eventually(lambda: all((crew.shows(name, "anonymous:d0") or {}).get("eventCount") == 2 for name in (FIRST, SECOND, THIRD)),
               60, "somebody whom all know")
    eventually(lambda: hub.metrics("profile").get("kith_profile_members") == 3, 60, "three members")
    with Crowd(hub) as crowd, Asker(crew) as asker:
        for hurt in (kill, stall, stop):
            eventually(crew.is_whole, 60, lambda: f"all members, of whom {crew.resolver()} resolves")
            # And not only about to: while it opens the store, a connection that breaks would be what ends it.
            takes_in(crew, f"before {hurt.__name__}", 60)
            before = asker.answers.copy()
            asker.hurt = SECOND
            hurt(crew, crew.others[SECOND])
            crew.others[SECOND].start()
            asker.hurt = None
            assert all(asker.answers[name] > before[name] for name in (FIRST, THIRD)), asker.answers
        eventually(crew.is_whole, 60, lambda: f"all members, of whom {crew.resolver()} resolves")
        rebuilds(crew, asker)
        decides(crew)
        eventually(lambda: crowd.count > 200, 180, "a crowd")
    hub.settled()
    tells_each_change_once(crew)
    is_what_one_process_makes(crew, crowd.count)


def begins_a_rebuild(crew: Crew):
    """Has people whose rebuild takes its time; returns once the second member is at it."""
    crew.hub.send((event for number in range(3000) for event in life(number)), size=500)
    crew.hub.settled(120)
    eventually(crew.is_whole, 60, lambda: f"all members, of whom {crew.resolver()} resolves")
    assert crew.call(FIRST, "POST", "/v1/rebuild", {}).status == 202
    eventually(lambda: "kith_profile_2" in schemas(crew), 60, "a store that is being made")


def test_one_that_stalls_in_a_rebuild_takes_nothing_from_who_goes_on_with_it(crew: Crew):
    begins_a_rebuild(crew)
    stalled = crew.others[SECOND]
    stalled.signal(signal.SIGSTOP)
    eventually(lambda: crew.resolver() not in (None, SECOND), 60, "another that resolves")
    assert rebuilt(crew, FIRST)["report"]["removed"] == 0
    stalled.signal(signal.SIGCONT)
    assert stalled.wait() != 0
    eventually(lambda: schemas(crew) == {"kith_profile_2"}, 60, lambda: f"one store, not {schemas(crew)}")
    assert crew.shows(THIRD, "anonymous:d0")


def test_a_rebuild_goes_on_when_its_connections_break(crew: Crew):
    begins_a_rebuild(crew)
    for _ in range(3):
        crew.database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE pid <> pg_backend_pid() AND datname = 'postgres'")
        time.sleep(0.3)
    assert rebuilt(crew, FIRST)["report"]["removed"] == 0
    eventually(lambda: schemas(crew) == {"kith_profile_2"}, 60, lambda: f"one store, not {schemas(crew)}")


def goes_on(crew: Crew, victim: Member, hurt: signal.Signals):
    """Another resolves soon: what comes in is seen at all others."""
    start = time.monotonic()
    victim.signal(hurt)
    takes_in(crew, hurt.name, SOON)
    print(f"{hurt.name}: another went on after {time.monotonic() - start:.1f} s")


def takes_in(crew: Crew, name: str, within: float):
    """Whoever resolves is at work: what comes in now is seen at all who are not hurt."""
    start = time.monotonic()
    crew.hub.send([{"type": "track", "userId": "late", "event": name, "messageId": name}])
    for member in (FIRST, THIRD):
        def came() -> bool:
            events = crew.call(member, "GET", "/v1/profiles/user:late/events")
            return events.status == 200 and name in [event["messageId"] for event in events.json()["events"]]
        eventually(came, start + within - time.monotonic(), lambda: f"the event at {member} (lease: {crew.resolver()})")


def kill(crew: Crew, victim: Member):
    goes_on(crew, victim, signal.SIGKILL)
    victim.wait()


def stall(crew: Crew, victim: Member):
    goes_on(crew, victim, signal.SIGSTOP)
    victim.signal(signal.SIGCONT)
    assert victim.wait() != 0
    assert "went on without" in victim.log()


def stop(crew: Crew, victim: Member):
    victim.signal(signal.SIGTERM)
    assert victim.wait() == 0
    assert crew.resolver() != SECOND, "who ends in good order gives back what it has, and is not waited for"
    goes_on(crew, victim, signal.SIGTERM)


def rebuilds(crew: Crew, asker: Asker):
    """Any member may be asked for it; all of them read the new store then."""
    # Who resolves could be done with it before the next one asks.
    asker.hurt = SECOND
    crew.others[SECOND].signal(signal.SIGSTOP)
    assert crew.call(FIRST, "POST", "/v1/rebuild", {"dryRun": True}).status == 202
    assert crew.call(THIRD, "POST", "/v1/rebuild", {}).status == 409
    crew.others[SECOND].signal(signal.SIGCONT)
    eventually(lambda: is_whole_again(crew), 60, lambda: f"all members, of whom {crew.resolver()} resolves")
    asker.hurt = None
    dry = rebuilt(crew, THIRD)
    assert dry["dryRun"] and dry["report"]["unchanged"] == dry["report"]["after"] > 0
    assert crew.call(THIRD, "POST", "/v1/rebuild", {}).status == 202
    assert rebuilt(crew, SECOND)["report"]["removed"] == 0
    eventually(lambda: schemas(crew) == {"kith_profile_2"}, 60, lambda: f"one store, not {schemas(crew)}")
    assert all(crew.call(name, "GET", "/v1/rebuild").json()["state"] == "done" for name in (FIRST, SECOND, THIRD))


def is_whole_again(crew: Crew) -> bool:
    """Whether it is the second one's turn; where that took long it was taken for dead, ends, and is started again."""
    if not crew.others[SECOND].runs:
        crew.others[SECOND].start()
    return crew.is_whole()


def rebuilt(crew: Crew, asked: str) -> dict[str, Any]:
    eventually(lambda: crew.call(asked, "GET", "/v1/rebuild").json()["state"] == "done", 180,
               lambda: f"a rebuild {crew.call(asked, 'GET', '/v1/rebuild')}")
    return crew.call(asked, "GET", "/v1/rebuild").json()


def schemas(crew: Crew) -> set[str]:
    return {row[0] for row in crew.database.sql("SELECT nspname FROM pg_namespace WHERE nspname ~ '^kith_profile(_[0-9]+)?$'")}


def decides(crew: Crew):
    """What is decided at a member is in effect when it answers, at any of them."""
    crew.hub.send([{"type": "identify", "userId": name, "messageId": name, "traits": {"plan": name}} for name in ("ann", "bob")])
    eventually(lambda: crew.shows(FIRST, "user:ann") and crew.shows(FIRST, "user:bob"), 60, "two people")
    answer = crew.call(FIRST, "POST", "/v1/identity/links", {"left": "user:ann", "right": "user:bob", "reason": "They called."})
    assert answer.status == 201 and answer.json()["applied"], answer
    together = {crew.shows(name, f"user:{user}")["id"] for name in (FIRST, SECOND, THIRD) for user in ("ann", "bob")}
    assert len(together) == 1


def tells_each_change_once(crew: Crew):
    """In one partition, in the order of revisions; and the last one is what the profile has."""
    hub = crew.hub
    assert [row["name"] for topic in hub.status()["topics"] if topic["name"] == "changes" for row in topic["partitions"]] == ["profile"]
    lines = hub.kith("tail", "changes", "--from", "0", "--no-follow", "--json").stdout
    told: dict[str, list[int]] = defaultdict(list)
    changes = [json.loads(line)["value"] for line in lines.splitlines()]
    assert max(Counter(json.dumps(change) for change in changes).values()) == 1
    for change in changes:
        told[change["profileId"]].append(change["revision"])
    for profile, revisions in told.items():
        assert revisions == sorted(set(revisions)), [change for change in changes if change["profileId"] == profile]
    profiles = {profile["id"]: profile["revision"] for profile in hub.export()}
    assert {id: told[id][-1] for id in profiles} == profiles
    assert max(map(len, told.values())) > 10


def is_what_one_process_makes(crew: Crew, count: int):
    """A process alone with its store reads the same log from its beginning."""
    hub = crew.hub
    data, ready = hub.data.parent / "alone", hub.data.parent / "alone.port"
    data.mkdir()
    (data / "suppression.key").write_bytes((hub.data / "suppression.key").read_bytes())
    with open(hub.data.parent / "alone.log", "ab") as log:
        alone = subprocess.Popen(
            [hub.programs / "profile", "--data", data, "--instance", "alone", "--port", "0", "--port-file", ready],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **hub.environment, "KITH_STORE": ""})
    try:
        eventually(ready.exists, 60, lambda: (hub.data.parent / "alone.log").read_text()[-2000:])
        with Web(f"http://127.0.0.1:{ready.read_text().strip()}") as web:
            def behind() -> int:
                answer = web.call("GET", "/v1/status", headers=bearer(hub.admin_key))
                if answer.status != 200:
                    # It does not know its keys yet.
                    return 1
                lags = [one["lag"] for one in answer.json()["consumers"] if one["name"] == "alone" and one["topic"] == "events"]
                return sum(lags) if lags else 1
            eventually(lambda: behind() == 0, 180, "a process that has read all")
            exported = web.call("GET", "/v1/export", headers=bearer(hub.admin_key)).body
            one = sorted((plain(json.loads(line)) for line in exported.splitlines() if line), key=repr)
    finally:
        alone.kill()
        alone.wait()
    many = sorted((plain(profile) for profile in hub.export()), key=repr)
    assert len(many) >= count // 12 and sum(profile["eventCount"] for profile in many) > 2 * count
    assert many == one

"""Services that are told to stop while the PostgreSQL with their stores is away: they end well and soon, and go on with it later."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import Hub, eventually
from support_postgresql import PostgreSQL
from test_shutdown import purchase, ready_again, told_to_stop
from test_webhooks import INSIDE, THANKS, Endpoint, destination

#: Those that have a store.
STORED = ("profile", "connector", "notifier")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with PostgreSQL() as running:
        yield running


def test_services_stop_in_time_while_their_database_is_away(hub: Callable[..., Hub], server: PostgreSQL):
    with Endpoint() as crm:
        running = hub("destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS, environment={"KITH_STORE": server.url()})
        assert running.post("/v1/track", purchase("first")).status == 200
        eventually(lambda: len(crm.requests) == 1, 60, "a message")
        # Written down, too: who dies between sending and writing that down sends again, with the same id.
        eventually(lambda: "Message Sent" in {event.get("name") for event in running.events("user:ada")}, 60, "its outcome")
        running.settled()
        server.stop("immediate")
        try:
            # Each of them has something to write, and waits for the server to do so.
            assert running.post("/v1/track", purchase("second")).status == 200
            time.sleep(2)
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda service: told_to_stop(running, service), STORED))
        finally:
            server.start()
        for service in STORED:
            ready_again(running, service)
        eventually(lambda: len(crm.requests) == 2, 120, lambda: f"the other message\n{running.printed()}")
        running.settled()
        assert len({headers["webhook-id"] for headers, _ in crm.requests}) == len(crm.requests) == 2
        told = Counter(event.get("messageId") for event in running.events("user:ada") if event["type"] == "track")
        assert told["first"] == told["second"] == 1

"""Services that are told to stop while the servers of their log do not answer: they end as well and as soon as ever."""

import concurrent.futures
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from Faults.nats_servers import Server, Servers
from test_shutdown import LIMIT, in_flight, on_the_log, purchase, ready_again, told_to_stop

from support import Hub, eventually
from support.hub import SERVICES, send_signal


@contextmanager
def stalled(server: Server) -> Iterator[None]:
    """As when the network is cut: connections stay, and nobody answers."""
    send_signal(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


@contextmanager
def killed(server: Server) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


@pytest.mark.parametrize("gone", [stalled, killed])
def test_every_service_stops_without_its_servers(hub: Callable[..., Hub], tmp_path: Path, gone: Callable):
    with Servers(tmp_path / "nats", 1) as servers:
        running = hub(environment={"KITH_LOG": servers.address})
        running.send([purchase("before")])
        running.settled()
        with ThreadPoolExecutor() as pool:
            with gone(servers.all[0]):
                request = pool.submit(running.post, "/v1/track", purchase("meanwhile"))
                # So that it is under way, and waits.
                eventually(lambda: in_flight(running) > 0 or request.done(), 60, "a request under way")
                concurrent.futures.wait([request], 0.5)
                # It waits for as long as it may, and then was not taken.
                assert not request.done() or request.result().status == 503
                took = list(pool.map(lambda service: told_to_stop(running, service), SERVICES))
                assert max(took) < LIMIT
                assert request.result(300).status == 503
        for service in SERVICES:
            ready_again(running, service)
        # Repeated, it counts once, whether or not it was stored.
        assert running.post("/v1/track", purchase("meanwhile")).status == 200
        assert on_the_log(running)["before"] == 1
        running.settled()
        assert sorted(event["messageId"] for event in running.events("user:ada")) == ["before", "meanwhile"]
        assert running.stop() == 0

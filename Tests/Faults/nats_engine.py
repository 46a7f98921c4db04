"""What the servers themselves lose: their own Python client (nats-py) publishes while `nats_faults` kills them.

It waits for each acknowledgement, and publishes again only when it read that the message is not there. Afterwards every message
that was acknowledged must be there once, in order, under the sequence that was acknowledged.

    NATS_SERVER=/path/to/nats-server python3 Tests/Faults/nats_engine.py SECONDS [SEED]
"""

import asyncio
import random
import sys
import threading
import time

import nats
import nats.errors
import nats.js.errors

from log_faults import folder
from nats_servers import Servers
from support.streams import patiently

STREAM = dict(name="engine", subjects=["engine"], num_replicas=3, discard="new", storage="file")


async def connected(servers):
    async def quiet(_):
        pass

    hosts = [f"nats://127.0.0.1:{server.port}" for server in servers.all]
    return await nats.connect(hosts, max_reconnect_attempts=-1, reconnect_time_wait=0.1, connect_timeout=2, error_cb=quiet)


async def publish(js, number, last):
    """Publishes one message behind the last one, until it is known to be there; the answer is its sequence."""
    while True:
        try:
            headers = {"Nats-Expected-Last-Sequence": str(last)}
            return (await js.publish("engine", b"%d" % number, timeout=3, headers=headers)).seq
        except (nats.errors.Error, asyncio.TimeoutError):
            await asyncio.sleep(0.05)
        try:
            found = await js.get_msg("engine", last + 1)
            assert found.data == b"%d" % number, f"{found.data} is at {last + 1}, not {number}"
            return last + 1
        except (nats.errors.Error, asyncio.TimeoutError):
            continue


async def write(servers, until, acknowledged):
    client = await connected(servers)
    js = client.jetstream(timeout=3)
    await patiently(lambda: js.add_stream(**STREAM), seconds=60)
    number = last = 0
    while time.monotonic() < until:
        number += 1
        # While servers are killed there may be no leader for more than a minute.
        last = await asyncio.wait_for(publish(js, number, last), 180)
        acknowledged.append(last)
    await client.close()


async def verify(servers, acknowledged):
    client = await connected(servers)
    js = client.jetstream(timeout=3)
    info = await patiently(lambda: js.stream_info("engine"), seconds=60)
    last = info.state.last_seq
    assert last >= acknowledged[-1], f"acknowledged up to {acknowledged[-1]}, there up to {last}"
    for number, sequence in enumerate(acknowledged, 1):
        found = await patiently(lambda: js.get_msg("engine", sequence), seconds=5)
        assert found.data == b"%d" % number, f"at {sequence} is {found.data}, not {number}"
    await client.close()


def servers_killed(seconds, seed):
    chance = random.Random(seed)
    acknowledged = []
    with folder() as path, Servers(path, 3) as servers:
        until = time.monotonic() + seconds
        kills = []
        killing = threading.Thread(target=lambda: kills.append(servers.kill_at_random(chance, until)))
        killing.start()
        try:
            asyncio.run(write(servers, until, acknowledged))
        finally:
            killing.join()
        servers.start_all()
        asyncio.run(verify(servers, acknowledged))
    return {"killed": kills[0], "acknowledged": len(acknowledged), "lost": 0}


if __name__ == "__main__":
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"engine: seed={seed}", *(f"{key}={value}" for key, value in servers_killed(int(sys.argv[1]), seed).items()))

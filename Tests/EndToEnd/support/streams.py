"""An independent reader of the log that NATS servers keep, written from docs/nats.md, with the servers' own Python client."""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import nats
import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from .segments import BATCH_HEADER, Record, records

#: magic, epoch, writer, base, count of records, last sequence, time, CRC
MESSAGE_HEADER = struct.Struct("<8s16sQQIQqI")
#: For so many seconds servers may be busy choosing whom to follow.
PATIENCE = 600
Value = TypeVar("Value")


class LogStreams:
    """All partitions of one topic; what is rewritten is shown as it was."""

    def __init__(self, servers: list[str], topic: str):
        self.servers = servers
        self.prefix = f"KITH_{topic}_BY_"
        #: Of each stream the last message that was read, and the offset that follows it.
        self.positions: dict[str, tuple[int, int]] = {}

    def read(self) -> Iterator[Record]:
        """What has come since the last reading, partition by partition."""
        return iter(asyncio.run(self.fetch()))

    async def fetch(self) -> list[Record]:
        client = await nats.connect(self.servers, max_reconnect_attempts=-1, reconnect_time_wait=0.1, connect_timeout=2,
                                    error_cb=quiet)
        try:
            streams = client.jetstream(timeout=3)
            infos = await patiently(streams.streams_info)
            names = [info.config.name for info in infos if info.config.name.startswith(self.prefix)]
            return [record for name in names if not name.endswith("_REWRITTEN") for record in await self.partition(streams, name)]
        finally:
            await client.close()

    async def partition(self, streams: JetStreamContext, name: str) -> list[Record]:
        sequence, offset = self.positions.get(name, (0, 0))
        state = (await patiently(lambda: streams.stream_info(name))).state
        assert state.last_seq >= sequence, f"{name} ended with {sequence}, and now ends with {state.last_seq}"
        found: list[Record] = []
        while sequence < state.last_seq:
            sequence += 1
            message = await patiently(lambda: streams.get_msg(name, sequence))
            new = list(within(message.data, offset))
            found += new
            offset += len(new)
        self.positions[name] = (sequence, offset)
        return found


def within(message: bytes, offset: int) -> Iterator[Record]:
    """The records of a message, which begins where the one before has ended."""
    magic, _, _, base, count, _, _, _ = MESSAGE_HEADER.unpack_from(message)
    assert magic == b"KITHMSG\x01" and base == offset, f"a message goes on with offset {base}, not {offset}"
    position = MESSAGE_HEADER.size
    while position < len(message):
        _, length, _, held, first, _, _, _ = BATCH_HEADER.unpack_from(message, position)
        yield from records(message[position + BATCH_HEADER.size:position + length], first, held)
        count -= held
        position += length
    assert count == 0, f"a message at {base} has {count} records less than it says"


async def patiently(action: Callable[[], Awaitable[Value]], seconds: float = PATIENCE) -> Value:
    """Does it again until the servers are able to."""
    limit = time.monotonic() + seconds
    while True:
        try:
            return await action()
        except (nats.errors.Error, asyncio.TimeoutError):
            if time.monotonic() > limit:
                raise
            await asyncio.sleep(0.1)


async def quiet(_: Exception):
    """Servers come and go."""

"""Backups of what NATS servers keep, by the interface that `nats stream backup` uses as well."""

import asyncio
import json
from typing import Any

import nats
from nats.aio.client import Client

from support.streams import quiet

CHUNK = 128 << 10


def names(address: str) -> list[str]:
    """The servers' streams in the order in which they are to be copied.

    The bucket comes first, since nobody may have read more than there is; then each partition before what was rewritten of it.
    """
    found = asyncio.run(within(address, lambda client: ask(client, "STREAM.NAMES", {})))["streams"]
    return sorted(found, key=lambda name: (name != "KV_KITH", name))


def take(address: str, stream: str) -> tuple[dict[str, Any], list[bytes]]:
    """A copy of a stream: what it is, and its content."""
    return asyncio.run(within(address, lambda client: snapshot(client, stream)))


def put(address: str, copy: tuple[dict[str, Any], list[bytes]]):
    """Makes a stream of a copy; there must be none of that name."""
    asyncio.run(within(address, lambda client: restored(client, *copy)))


async def within(address: str, action):
    client = await nats.connect(address, error_cb=quiet)
    try:
        return await action(client)
    finally:
        await client.close()


async def ask(client: Client, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = json.loads((await client.request(f"$JS.API.{operation}", json.dumps(body).encode(), timeout=300)).data)
    assert "error" not in answer, answer
    return answer


async def snapshot(client: Client, stream: str) -> tuple[dict[str, Any], list[bytes]]:
    place = client.new_inbox()
    incoming = await client.subscribe(place)
    told = await ask(client, f"STREAM.SNAPSHOT.{stream}", {"deliver_subject": place, "chunk_size": CHUNK, "no_consumers": True})
    chunks: list[bytes] = []
    while True:
        message = await incoming.next_msg(timeout=300)
        if not message.data:
            return {"config": told["config"], "state": told["state"]}, chunks
        chunks.append(message.data)
        await message.respond(b"")


async def restored(client: Client, told: dict[str, Any], chunks: list[bytes]):
    place = (await ask(client, f"STREAM.RESTORE.{told['config']['name']}", told))["deliver_subject"]
    for chunk in chunks:
        await client.request(place, chunk, timeout=300)
    answer = json.loads((await client.request(place, b"", timeout=300)).data)
    assert "error" not in answer, answer

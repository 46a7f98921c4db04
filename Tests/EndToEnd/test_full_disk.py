"""A full disk: whoever has started Kith is told at once what is full, and not over and over."""

import time
from pathlib import Path

import pytest

from support import Hub, eventually
from test_erasure_room import free
from Torture.mounts import memory


@pytest.mark.root
def test_a_full_disk_is_told_at_once_and_not_over_and_over(tmp_path: Path):
    with memory(tmp_path, megabytes=96) as root:
        (root / "data").mkdir()
        # What is printed lies elsewhere, where there is room.
        data = tmp_path / "data"
        data.symlink_to(root / "data")
        with Hub(data) as hub:
            hub.send([{"type": "identify", "userId": "a", "messageId": "a", "traits": {"name": "A"}}])
            hub.settled()
            ballast = root / "ballast"
            ballast.write_bytes(bytes(free(root) - (1 << 20)))
            number, began = 0, time.monotonic()

            def refused() -> bool:
                nonlocal number
                number += 1
                event = {"userId": "b", "event": "X", "messageId": f"b-{number}", "properties": {"padding": "x" * 20_000}}
                return hub.post("/v1/track", event).status == 503

            eventually(refused, 60, "a full disk")
            words = ("ingest: The log has no room", "profile: The store has no room")
            for told in words:
                eventually(lambda: told in hub.output.read_text(), 60, hub.printed)
            for _ in range(20):
                refused()
                time.sleep(0.1)
            printed = hub.output.read_text()
            # Once a minute.
            most = 1 + (time.monotonic() - began) // 60
            assert all(printed.count(told) <= most for told in words), printed
            assert f"log.directory={root}/data/log" in printed and f"store.directory={root}/data" in printed, printed
            assert hub.get("/v1/profiles/user:a").status == 200
            ballast.unlink()
            eventually(lambda: not refused(), 30, hub.printed)
            eventually(lambda: "The log takes everything again" in hub.log_of("ingest"), 60, hub.printed)
            eventually(lambda: hub.get("/v1/profiles/user:b").status == 200, 60, hub.printed)

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


@pytest.mark.root
def test_a_first_rebuild_for_which_there_is_no_room_ends_nothing_else(tmp_path: Path):
    with memory(tmp_path, megabytes=160) as root, Hub(root / "data") as hub:
        # So many that the store's write-ahead log begins anew, and has room for the note that a rebuild is asked for.
        for start in range(0, 6000, 2000):
            hub.send([{"type": "identify", "userId": f"u{number}", "messageId": f"m{number}",
                       "traits": {"email": f"u{number}@shop.example"}} for number in range(start, start + 2000)],
                     size=500)
            hub.settled()
            time.sleep(1)
        hub.send([{"type": "identify", "userId": "u1", "messageId": "last", "traits": {"name": "Last"}}])
        hub.settled()
        process = hub.pid("profile")
        ballast = root / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        hub.admin("POST", "/v1/rebuild", {"dryRun": True})
        time.sleep(2)
        assert hub.get("/v1/profiles/user:u1").status == 200
        assert hub.pid("profile") == process, hub.log_of("profile")
        ballast.unlink()
        eventually(lambda: hub.get("/v1/rebuild").json()["state"] != "running", 60, lambda: hub.log_of("profile"))
        assert hub.pid("profile") == process, hub.log_of("profile")

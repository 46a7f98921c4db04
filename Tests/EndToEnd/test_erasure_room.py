"""An erasure writes a store's file anew. Where there is no room for that it waits, and nothing else does."""

import os
from pathlib import Path

import pytest

from support import Hub, eventually
from support.files import contents
from Torture.mounts import memory

MARK = "zqx-room-marker"


def free(root: Path) -> int:
    status = os.statvfs(root)
    return status.f_bavail * status.f_frsize


@pytest.mark.root
def test_an_erasure_without_room_holds_nothing_up_and_ends_once_there_is_some(tmp_path: Path):
    with memory(tmp_path, megabytes=128) as root, Hub(root / "data") as hub:
        hub.send([{"type": "identify", "userId": MARK, "messageId": "her", "traits": {"name": MARK}}])
        hub.settled()
        ballast = root / "ballast"
        # Enough for what is written besides, and too little for a store, however small.
        ballast.write_bytes(bytes(free(root) - (12 << 20)))
        answer = hub.admin("DELETE", f"/v1/profiles/user:{MARK}?reason=asked")
        assert answer.status == 202, answer

        def erasure() -> dict:
            return hub.admin("GET", f"/v1/erasures/{answer.json()['id']}").json()

        eventually(lambda: "MiB must be free" in logs(hub), 60, lambda: f"a word about the room\n{logs(hub)}")
        hub.send([{"type": "identify", "userId": "his", "messageId": "his", "traits": {"name": "Bob"}}])
        eventually(lambda: hub.get("/v1/profiles/user:his").status == 200, 30, "his profile")
        assert hub.get(f"/v1/profiles/user:{MARK}").status == 404
        assert erasure()["state"] != "done"
        assert free(root) > 8 << 20
        ballast.unlink()
        eventually(lambda: erasure()["state"] == "done", 180, lambda: f"the end of {erasure()}\n{logs(hub)}")
        # The control topic forgets who it was as the last of all, once everything else has.
        assert not [file for file in left(hub) if "control" not in file.parts]
        eventually(lambda: not left(hub), 60, lambda: f"an end of {left(hub)}")


def left(hub: Hub) -> list[Path]:
    return [file for file, content in contents(hub.data) if MARK.encode() in content]


def logs(hub: Hub) -> str:
    return "".join(file.read_text() for file in (hub.data / "logs").glob("*"))

"""A real Synapse with people and rooms of one's own, on a free port."""

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import yaml

from support import eventually
from support.ports import free_port
from support.web import Answer, Web, bearer

INSTALLED = Path(__file__).resolve().parents[2] / ".venv" / "clients" / "synapse"
PLENTY = {"per_second": 10_000, "burst_count": 10_000}


class Synapse:
    """A homeserver called `hub.test`, which gives at most `timeline` events of a room in one answer of sync."""

    def __init__(self, root: Path, timeline: int = 100):
        assert INSTALLED.is_dir(), f"{INSTALLED} is missing: make test-setup installs it"
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (root / "signing.key").write_text(f"ed25519 a_test {seed}\n")
        (root / "homeserver.yaml").write_text(yaml.safe_dump({
            "server_name": "hub.test",
            "pid_file": str(root / "pid"),
            "listeners": [{"port": self.port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"],
                           "resources": [{"names": ["client"], "compress": False}]}],
            "database": {"name": "sqlite3", "args": {"database": str(root / "homeserver.db")}},
            "media_store_path": str(root / "media"),
            "signing_key_path": str(root / "signing.key"),
            "macaroon_secret_key": "test", "form_secret": "test", "bcrypt_rounds": 4,
            "enable_registration": True, "enable_registration_without_verification": True,
            "report_stats": False, "trusted_key_servers": [], "suppress_key_server_warning": True,
            "filter_timeline_limit": timeline,
            "rc_message": PLENTY, "rc_registration": PLENTY,
            "rc_joins": {"local": PLENTY}, "rc_joins_per_room": PLENTY,
            "rc_invites": {"per_room": PLENTY, "per_user": PLENTY, "per_issuer": PLENTY},
        }))

    def __enter__(self) -> "Synapse":
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "synapse.app.homeserver", "-c", self.root / "homeserver.yaml"], cwd=self.root,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(INSTALLED)})
        eventually(self.answers, 120, lambda: f"a running Synapse:\n{(self.root / 'log').read_text()[-3000:]}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.root / "log").read_text()[-3000:]
        try:
            with Web(self.url, timeout=30) as web:
                return web.call("GET", "/health").status == 200
        except OSError:
            return False

    def register(self, name: str) -> "Member":
        """Makes a user and logs them in."""
        body = {"username": name, "password": f"secret-{name}", "auth": {"type": "m.login.dummy"}}
        with Web(self.url) as web:
            answer = web.call("POST", "/_matrix/client/v3/register", json.dumps(body).encode())
        assert answer.status == 200, answer
        return Member(self.url, answer.json()["user_id"], answer.json()["access_token"])


class Member:
    """Somebody on a homeserver, and what they do there. Not for use by several threads at a time."""

    def __init__(self, url: str, id: str, token: str):
        self.id, self.token = id, token
        self.web = Web(url)
        self.sent = 0

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        sent = None if body is None else json.dumps(body).encode()
        return self.web.call(method, f"/_matrix/client/v3{path}", sent, bearer(self.token))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.status == 200, answer
        return answer.json()

    def make_room(self, *guests: "Member", name: str = "Support") -> str:
        """Makes a room, in which the guests are as well, and returns its id."""
        room = self.call("POST", "/createRoom", {"name": name, "invite": [guest.id for guest in guests]})["room_id"]
        for guest in guests:
            guest.join(room)
        return room

    def join(self, room: str):
        self.call("POST", f"/join/{quote(room, safe='')}", {})

    def leave(self, room: str):
        self.call("POST", f"/rooms/{quote(room, safe='')}/leave", {})

    def say(self, room: str, text: str, **content: Any):
        self.sent += 1
        self.call("PUT", f"/rooms/{quote(room, safe='')}/send/m.room.message/{self.sent}",
                  {"msgtype": "m.text", "body": text, **content})

    def rename(self, name: str):
        self.call("PUT", f"/profile/{quote(self.id, safe='')}/displayname", {"displayname": name})

    def history(self, room: str) -> list[dict[str, Any]]:
        """Every message of a room that this member can see, the newest first."""
        found: list[dict[str, Any]] = []
        query = {"dir": "b", "limit": "500", "filter": json.dumps({"types": ["m.room.message"]})}
        while True:
            page = self.call("GET", f"/rooms/{quote(room, safe='')}/messages?{urlencode(query)}")
            found += page["chunk"]
            if not page["chunk"] or "end" not in page:
                return found
            query["from"] = page["end"]

"""One source of events at the front door: what is sent with its key, and what the log then holds of it."""

import json
from typing import Any
from urllib.parse import quote

from .hub import Hub
from .web import Answer, Web, basic


class Door:
    """A write key of its own, and the records that came in with it.

    - ``post`` and ``get`` call ingest without a key; ``send`` is a Segment batch with it.
    - ``events`` and ``dead_letters`` read what the log has of this source since the last call of ``forget``.
    """

    def __init__(self, hub: Hub, source: str):
        self.hub = hub
        self.source = source
        self.key = hub.new_write_key(source)
        self.heads: dict[str, int] = {}
        self.forget()

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        with Web(self.hub.ingest) as web:
            return web.call(method, path, sent, headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def send(self, *events: Any, path: str = "/v1/batch", **fields: Any) -> Answer:
        return self.call("POST", path, {"batch": list(events), **fields}, basic(self.key))

    def forget(self):
        """Whatever is on the log now is not looked at any more."""
        self.heads = {topic: self._head(topic) for topic in ("events", "dead-letters")}

    def events(self) -> list[dict[str, Any]]:
        """The envelopes of the events that were taken, in order."""
        return [value for value in self._since("events") if value["source"] == self.source]

    def event(self) -> dict[str, Any]:
        """The one event that was taken."""
        [event] = self.events()
        return event

    def dead_letters(self) -> list[dict[str, Any]]:
        """What was refused, in order."""
        return [value for value in self._since("dead-letters") if value["origin"] == self.source]

    def _since(self, topic: str) -> list[dict[str, Any]]:
        values: list[dict[str, Any]] = []
        offset = self.heads[topic]
        while True:
            page = self._page(topic, offset)
            values += [record["value"] for record in page["records"]]
            if not page["records"]:
                return values
            offset = page["next"]

    def _head(self, topic: str) -> int:
        return self._page(topic, 0, limit=1)["head"]

    def _page(self, topic: str, offset: int, limit: int = 1000) -> dict[str, Any]:
        answer = self.hub.admin("GET", f"/v1/topics/{quote(topic)}/records?partition=ingest&from={offset}&limit={limit}")
        # Before the first record there is no partition.
        if answer.status == 404:
            return {"records": [], "head": 0, "next": 0}
        assert answer.status == 200, answer
        return answer.json()

"""What the topic `changes` tells of profiles: each revision once and in order, and each record of an event once."""

from typing import Any

#: A change with so many events may be followed by more of them, with the same revision.
FULL = 256


class Changes:
    """All changes of a hub, as they were told one after the other."""

    def __init__(self):
        #: Of each profile what was told last.
        self.last: dict[str, dict[str, Any]] = {}
        #: The ids of the events that were told of, and where they are on the log.
        self.events: set[str] = set()
        self.places: set[tuple[str, int]] = set()
        #: How much was told that had been told, or that something later had been told before.
        self.retold = 0
        #: Whether nothing of it is erased.
        self.is_whole = True

    def note(self, change: dict[str, Any]):
        if change.get("erased"):
            self.is_whole = False
            return
        self.retold += not self.follows(change, self.last.get(change["profileId"]))
        self.last[change["profileId"]] = change
        for event in change["events"]:
            # Of two copies that differ the later one may have come first; the other counts then, and is told of as well.
            place = event["partition"], event["offset"]
            self.retold += place in self.places
            self.places.add(place)
            self.events.add(event["messageId"])

    @staticmethod
    def follows(change: dict[str, Any], last: dict[str, Any] | None) -> bool:
        """Whether one change of a profile may be told after another one."""
        if last is None or change["revision"] > last["revision"]:
            return True
        return change["revision"] == last["revision"] and len(last["events"]) == FULL

    def untold(self, events: set[str]) -> int:
        """How many of these events nothing was told of, where that can be said."""
        return len(events - self.events) if self.is_whole else 0

    def is_latest(self, profile: dict[str, Any]) -> bool:
        """Whether a profile, as the API shows it, is what was told of it last."""
        last = self.last.get(profile["id"])
        return not self.is_whole or last is not None and last["revision"] == profile["revision"]

"""A stream of customer events with known truth: who did what is decided first, what the systems saw of it second."""

from .stream import Options, Event, generate

__all__ = ["Options", "Event", "generate"]

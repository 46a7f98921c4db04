"""An independent reader of the message log's files, written from docs/formats.md, so that a test need not trust the services."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

SEGMENT_HEADER = 64
BATCH_HEADER = struct.Struct("<IIIIQQQq")
MARK = struct.Struct("<8s16sQQQQI")
MARK_LENGTH = 512


class Record(NamedTuple):
    offset: int
    key: bytes
    value: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.value)


class Lane:
    """One partition, read from where the last reading ended up to the durable head."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.next = 0
        self.position: dict[int, int] = {}

    @property
    def head(self) -> int:
        """The durable head: the newer of the two marks."""
        marks = (self.directory / "head").read_bytes()
        both = [MARK.unpack_from(marks, start) for start in (0, MARK_LENGTH)]
        return max(both, key=lambda mark: mark[2])[3]

    @property
    def segments(self) -> list[int]:
        return sorted(int(file.stem) for file in self.directory.glob("*.seg"))

    def read(self) -> Iterator[Record]:
        """The records since the last reading. Offsets without a gap; anything else is an error."""
        head, segments = self.head, self.segments
        for base, end in zip(segments, [*segments[1:], head]):
            if end > self.next:
                yield from self.read_segment(base, min(end, head))

    def read_segment(self, base: int, end: int) -> Iterator[Record]:
        with open(self.directory / f"{base:020}.seg", "rb") as file:
            file.seek(self.position.get(base, SEGMENT_HEADER))
            while self.next < end:
                header = file.read(BATCH_HEADER.size)
                assert len(header) == BATCH_HEADER.size, f"{file.name} ends before offset {end}"
                _, length, _, count, first, _, _, _ = BATCH_HEADER.unpack(header)
                assert first == self.next, f"{file.name} goes on with offset {first}, not {self.next}"
                yield from records(file.read(length - BATCH_HEADER.size), first, count)
                self.next += count
                self.position[base] = file.tell()


class LogFiles:
    """All lanes of one topic."""

    def __init__(self, data: Path, topic: str):
        self.directory = data / "log" / topic
        self.lanes: dict[str, Lane] = {}

    def read(self) -> Iterator[Record]:
        """What has come since the last reading, lane by lane."""
        for head in self.directory.glob("*/head"):
            name = head.parent.name
            yield from self.lanes.setdefault(name, Lane(head.parent)).read()


def records(payload: bytes, first: int, count: int) -> Iterator[Record]:
    position = 0

    def number() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = payload[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def text() -> bytes:
        nonlocal position
        length = number()
        position += length
        return payload[position - length:position]

    for offset in range(first, first + count):
        number()  # the time
        key, value = text(), text()
        for _ in range(number()):
            text()  # a header's name
            text()  # and its value
        yield Record(offset, key, value)

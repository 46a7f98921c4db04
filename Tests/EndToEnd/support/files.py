"""Files that somebody else writes, renames and removes while they are read."""

import os
from collections.abc import Iterator
from pathlib import Path


def contents(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below the folders with what is in it; one that goes meanwhile is left out."""
    for folder in folders:
        for place, _, names in os.walk(folder):
            for file in (Path(place, name) for name in names):
                try:
                    content = file.read_bytes() if file.is_file() else None
                except FileNotFoundError:
                    continue
                if content is not None:
                    yield file, content


def whole_lines(file: Path) -> list[str]:
    """The lines of a file that is being added to, without one whose end is still to come; none while there is no file."""
    return file.read_text().rpartition("\n")[0].splitlines() if file.exists() else []

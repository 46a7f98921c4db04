"""File systems to break: a disk in a file whose power can be cut, and one in memory that gets full. Takes root."""

import contextlib
import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support import eventually

#: Stops an ext4 file system at once, without flushing its journal (EXT4_IOC_SHUTDOWN, NOLOGFLUSH).
SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, 2


def run(*command: object):
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, folder: Path, megabytes: int = 512):
        self.image = folder / "disk.img"
        self.root = folder / "disk"
        self.root.mkdir(parents=True)
        run("truncate", "--size", f"{megabytes}M", self.image)
        run("mkfs.ext4", "-q", "-F", self.image)

    def mount(self):
        run("mount", "-o", "loop", self.image, self.root)

    def cut_power(self):
        """From here on nothing reaches the disk, and what had not reached it is gone."""
        directory = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
        finally:
            os.close(directory)

    def unmount(self):
        eventually(lambda: unmounted(self.root), 60, f"an unmounted {self.root}")


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    made = Disk(folder)
    made.mount()
    try:
        yield made
    finally:
        made.unmount()


@contextlib.contextmanager
def memory(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of this size in memory."""
    root = folder / "memory"
    root.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", root)
    try:
        yield root
    finally:
        eventually(lambda: unmounted(root), 60, f"an unmounted {root}")


def resize(root: Path, megabytes: int):
    run("mount", "-o", f"remount,size={megabytes}m", root)


def unmounted(root: Path) -> bool:
    return not os.path.ismount(root) or subprocess.run(["umount", root], capture_output=True).returncode == 0

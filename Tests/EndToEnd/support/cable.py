"""A cable to a server of this machine, which may be cut without a word to either end."""

import socket
import threading
from contextlib import suppress


class Cable:
    """What connects to ``port`` is connected with the server's own; while the cable is cut, nothing gets through.

    Connections that were there when it was mended have ended.
    """

    def __init__(self, server: int):
        self.server = server
        self.whole = threading.Event()
        self.whole.set()
        self.ends: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.door.getsockname()[1]

    def __enter__(self) -> "Cable":
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def __exit__(self, *_):
        end(self.door)
        self.mend()

    def cut(self):
        self.whole.clear()

    def mend(self):
        ends, self.ends = self.ends, []
        for one in ends:
            end(one)
        self.whole.set()

    def run(self):
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.server))
            except OSError:
                end(near)
                continue
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.carry, args=[one, other], daemon=True).start()

    def carry(self, one: socket.socket, other: socket.socket):
        with suppress(OSError):
            while part := one.recv(1 << 16):
                self.whole.wait()
                other.sendall(part)
        end(one)
        end(other)


def end(one: socket.socket):
    """Ends a connection, also for a thread that waits for something from it."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()

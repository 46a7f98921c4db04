"""Ports for servers that cannot say themselves which one they were given."""

import socket

#: What keeps the ports that were asked for, as long as the tests run.
KEPT: list[socket.socket] = []


def free_port() -> int:
    """A port of this machine that nobody else is given, only who asks for it by its number.

    A socket that is bound to it and does not listen is what keeps it, also while its server is away for a time; a server may
    listen there all the same, as servers do to be started again at once.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    KEPT.append(keeper)
    return keeper.getsockname()[1]

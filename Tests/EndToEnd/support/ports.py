"""Ports for servers that cannot say themselves which one they were given, or that are to be found again where they were."""

import socket

#: What keeps the ports that were asked for one by one, as long as the tests run.
KEPT: list[socket.socket] = []


def free_port() -> int:
    """A port of this machine that nobody else is given, only who asks for it by its number."""
    KEPT.append(kept(0))
    return KEPT[-1].getsockname()[1]


def free_row(count: int) -> list[socket.socket]:
    """What keeps so many ports in a row, as long as somebody has it."""
    while True:
        row = [kept(0)]
        first = row[0].getsockname()[1]
        try:
            row += [kept(first + place) for place in range(1, count)]
        except (OSError, OverflowError):
            # One of them is somebody's already, or there is none.
            for one in row:
                one.close()
        else:
            return row


def kept(port: int) -> socket.socket:
    """Keeps a port, or any free one.

    A socket that is bound to it and does not listen does that, also while its server is away for a time; a server may listen there
    all the same, as servers do to be started again at once.
    """
    # Who may share a port that is kept is given it, too; who may not is told.
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
    keeper = socket.socket()
    try:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", port))
    except BaseException:
        keeper.close()
        raise
    return keeper

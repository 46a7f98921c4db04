"""Ports for servers that cannot say themselves which one they were given."""

import socket


def free_port() -> int:
    """A port of this machine that for a minute nobody else is given, only who asks for it by its number.

    A connection that this side has ended is what keeps it; a server may listen there all the same, as servers do to be started
    again at once.
    """
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        with socket.create_connection(server.getsockname()) as client:
            server.accept()[0].close()
            client.recv(1)
        return server.getsockname()[1]

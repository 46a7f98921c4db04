"""A proxy before a PostgreSQL that breaks connections where it hurts most: at a COMMIT."""

import contextlib
import socket
import threading

#: How a client asks for it, as the name of a statement without parameters.
COMMIT = b"COMMIT\0"


class Cutter:
    """Passes everything on; once told, it breaks the next connection that commits.

    ``heard`` says whether the server still gets the COMMIT, whose answer then comes to nobody, or does not.
    """

    def __init__(self, host: str, port: int):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.wanted: bool | None = None
        self.cuts = 0

    def __enter__(self) -> "Cutter":
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def cut(self, heard: bool):
        """Breaks the next connection that commits."""
        with self.lock:
            self.wanted = heard

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket):
        with client:
            with contextlib.suppress(OSError), socket.create_connection(self.target, timeout=10) as server:
                server.settimeout(None)
                for side in (client, server):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.pass_answers, args=(server, client), daemon=True).start()
                with contextlib.suppress(OSError):
                    self.pass_statements(client, server)
                # The other thread still waits for it, and so it would stay open.
                end(server)

    def pass_statements(self, client: socket.socket, server: socket.socket):
        while some := client.recv(1 << 16):
            heard = self.take() if COMMIT in some else None
            if heard is not None:
                # First, so that the answer reaches nobody.
                end(client)
                if heard:
                    server.sendall(some)
                    server.shutdown(socket.SHUT_WR)
                    while server.recv(1 << 16):
                        pass
                return
            server.sendall(some)

    def take(self) -> bool | None:
        with self.lock:
            wanted, self.wanted = self.wanted, None
            self.cuts += wanted is not None
            return wanted

    @staticmethod
    def pass_answers(server: socket.socket, client: socket.socket):
        with contextlib.suppress(OSError):
            while some := server.recv(1 << 16):
                client.sendall(some)
        end(client)


def end(connection: socket.socket):
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

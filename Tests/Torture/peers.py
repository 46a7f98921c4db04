"""NATS servers that may be cut off from one another, though not from those who use them."""

from pathlib import Path

from Faults.nats_servers import Servers

from support.cable import Cable

#: What servers tell each other and those who use them of where they are, which would lead around the cables: nothing to be found.
NOWHERE = 'no_advertise: true, advertise: "127.0.0.1:1"'


class Peers(Servers):
    """So many servers on this machine; each has a cable of its own to every other one."""

    def __init__(self, directory: Path, count: int):
        #: By who connects and to whom.
        self.cables: dict[tuple[int, int], Cable] = {}
        super().__init__(directory, count)
        for server in self.all:
            settings = server.configuration.read_text()
            server.configuration.write_text(settings.replace("cluster {", f"cluster {{ {NOWHERE},"))

    def routes(self, number: int, ports: list[int]) -> list[int]:
        self.cables |= {(number, other): Cable(port) for other, port in enumerate(ports) if other != number}
        return [port if other == number else self.cables[number, other].port for other, port in enumerate(ports)]

    def __enter__(self) -> "Peers":
        for cable in self.cables.values():
            cable.__enter__()
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        for cable in self.cables.values():
            cable.__exit__()

    def of(self, number: int) -> list[Cable]:
        """All that lead from a server to the others, and from them to it."""
        return [cable for ends, cable in self.cables.items() if number in ends]

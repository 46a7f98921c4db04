"""A second process of each service beside those of a hub; they share the work, and reach log and store by cables of their own."""

import threading

from Faults.nats_servers import Servers

from support import Hub, eventually
from support.cable import Cable
from support.hub import SERVICES
from support.member import Member
from support_postgresql import PostgreSQL


class Twins:
    """Whatever has ended is started again, as by an orchestrator."""

    def __init__(self, hub: Hub, log: Servers, store: PostgreSQL, port: int):
        """The store is at this port of this machine."""
        self.log = [Cable(server.port) for server in log.all]
        self.store = [Cable(port)]
        environment = {"KITH_LOG": log.address_by(cable.port for cable in self.log),
                       "KITH_STORE": store.url(port=self.store[0].port)}
        self.members = {service: Member(hub, service, f"{service}-2", environment) for service in SERVICES}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.keep, daemon=True)

    def __enter__(self) -> "Twins":
        for cable in self.log + self.store:
            cable.__enter__()
        self.thread.start()
        try:
            eventually(self.are_ready, 60, lambda: "\n".join(member.log() for member in self.members.values()))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        for member in self.members.values():
            member.end()
        for cable in self.log + self.store:
            cable.__exit__()

    def keep(self):
        while not self.stopping.wait(0.5):
            for member in self.members.values():
                if not member.runs:
                    member.launch()

    def are_ready(self) -> bool:
        try:
            return all(member.call("GET", "/ready").status == 200 for member in self.members.values())
        except OSError:
            return False

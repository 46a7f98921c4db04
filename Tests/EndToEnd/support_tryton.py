"""A real Tryton with parties and opportunities of one company, on a free port, its database in SQLite."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from support.ports import free_port
from support.waiting import eventually

CONFIG = """\
[database]
uri = sqlite://
path = {root}/databases
[web]
listen = 127.0.0.1:{port}
"""
USER, PASSWORD, DATABASE = "admin", "a-secret-of-tryton", "fable"


class Tryton:
    """``call("model.party.party.create", [{…}])`` is what any other client of it would do, as its administrator."""

    def __init__(self, root: Path):
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = root / "trytond.conf"
        self.config.write_text(CONFIG.format(root=root, port=self.port))
        (root / "databases").mkdir()
        self.session = ""

    def __enter__(self) -> "Tryton":
        self.make_database()
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen(
                [program("trytond"), "-c", self.config, "-d", DATABASE], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self.log_in, 120, lambda: f"a running Tryton:\n{self.log()}")
        self.make_company()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(300)

    def log(self) -> str:
        return (self.root / "log").read_text(errors="replace")[-3000:]

    @property
    def database(self) -> Path:
        return self.root / "databases" / f"{DATABASE}.sqlite"

    def make_database(self):
        (self.root / "password").write_text(PASSWORD)
        self.database.touch()
        made = subprocess.run(
            [program("trytond-admin"), "-c", self.config, "-d", DATABASE, "--email", "admin@hub.test",
             "-u", "ir", "sale_opportunity", "--activate-dependencies"],
            env={**os.environ, "TRYTONPASSFILE": str(self.root / "password")}, text=True, capture_output=True)
        assert made.returncode == 0, made.stderr[-3000:]

    def make_company(self):
        """Opportunities are of a company, and somebody of it sees to them."""
        currency, = self.call("model.currency.currency.create", [{"name": "Euro", "code": "EUR", "symbol": "€"}])
        owner, clerk = self.call("model.party.party.create", [{"name": "Fable Ltd."}, {"name": "Clerk"}])
        self.company, = self.call("model.company.company.create", [{"party": owner, "currency": currency}])
        self.employee, = self.call("model.company.employee.create", [{"party": clerk, "company": self.company}])
        self.call("model.res.user.write", [self.user_id], {
            "companies": [["add", [self.company]]], "company": self.company,
            "employees": [["add", [self.employee]]], "employee": self.employee})

    # What people do in it.

    def log_in(self) -> bool:
        try:
            answer = self.post("common.db.login", [USER, {"password": PASSWORD}, "en"])
        except OSError:
            return False
        self.user_id, session = answer[:2]
        self.session = base64.b64encode(f"{USER}:{self.user_id}:{session}".encode()).decode()
        return True

    def call(self, method: str, *parameters: Any) -> Any:
        return self.post(method, [*parameters, {"active_test": False}])

    def post(self, method: str, parameters: list[Any]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": parameters}).encode()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Session {self.session}"} if self.session else {})
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{DATABASE}/", body, headers), timeout=300) as answer:
            content = json.load(answer)
        assert "error" not in content, content["error"]
        return content["result"]

    def new_party(self, name: str, **contacts: str) -> int:
        return self.new_parties({name: contacts})[0]

    def new_parties(self, parties: dict[str, dict[str, str]]) -> list[int]:
        """Parties by their names, each with its addresses by their kinds."""
        return self.call("model.party.party.create", [
            {"name": name, "contact_mechanisms": [["create", ways(contacts)]]} for name, contacts in parties.items()])

    def parties(self, name: str) -> list[int]:
        return self.call("model.party.party.search", [["name", "=", name]], 0, None, None)

    def add_contact(self, party: int, **contacts: str):
        self.call("model.party.contact_mechanism.create", [{"party": party} | way for way in ways(contacts)])

    def new_opportunity(self, party: int, description: str) -> int:
        return self.call("model.sale.opportunity.create", [{
            "party": party, "description": description, "company": self.company, "employee": self.employee,
            "amount": {"__class__": "Decimal", "decimal": "1200.50"}}])[0]

    def opportunity(self, number: int) -> dict[str, Any]:
        return self.call("model.sale.opportunity.read", [number], ["state", "description", "end_date"])[0]

    def end_sessions(self):
        """As their time does."""
        with sqlite3.connect(self.database, timeout=300) as database:
            database.execute("DELETE FROM ir_session")
        self.session = ""
        self.log_in()


def ways(contacts: dict[str, str]) -> list[dict[str, str]]:
    return [{"type": kind, "value": value} for kind, value in contacts.items()]


def program(name: str) -> str:
    return shutil.which(name) or f"/usr/bin/{name}"

"""One customer of four systems is one profile, whichever of them is heard first; who shares nothing stays apart.

Mail, shop and CRM know Ada by her address. A Matrix homeserver tells nobody the addresses of its users: somebody who talks to her
says who she is there, by ``kith merge``, as a user of Kith would.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from support import Hub, eventually
from support_dovecot import Dovecot
from support_shop import KEY, SECRET, Shop
from support_synapse import Synapse
from support_tryton import DATABASE, PASSWORD, USER, Tryton

ADA, BOB, DESK = "ada@quill.example", "bob@fern.example", "desk@hub.test"
PHONE = "+12025550101"


class Company:
    """A company's four systems, in which Ada and Bob are customers beside many others."""

    def __init__(self, root: Path, running: ExitStack):
        def folder(name: str) -> Path:
            (root / name).mkdir()
            return root / name

        self.mail = running.enter_context(Dovecot())
        self.chat = running.enter_context(Synapse(folder("chat")))
        self.crm = running.enter_context(Tryton(folder("crm")))
        self.shop = running.enter_context(Shop())
        self.write_mails()
        self.talk()
        self.parties = {name: self.crm.new_party(name, **ways) for name, ways in {
            "Ada Quill": {"email": ADA, "mobile": PHONE}, "Bob Fern": {"email": BOB}}.items()}
        self.crm.new_opportunity(self.parties["Ada Quill"], "Lanterns")
        self.open_shop()

    def write_mails(self):
        for number, (sender, receivers) in enumerate([(ADA, [DESK, BOB]), (DESK, [ADA]), (BOB, [DESK])]):
            message = EmailMessage()
            message["Message-ID"], message["Date"] = f"<{number}@quill.example>", f"Mon, 2 Mar 2026 1{number}:00:00 +0000"
            message["From"], message["To"], message["Subject"] = sender, ", ".join(receivers), "Lanterns"
            message.set_content("When do they come?")
            self.mail.deliver("desk", [bytes(message)])

    def talk(self):
        self.clerk, ada, bob = (self.chat.register(name) for name in ("clerk", "ada", "bob"))
        ada.rename("Ada Q.")
        room = self.clerk.make_room(ada, bob)
        ada.say(room, "Do you have lanterns?")
        bob.say(room, "They do.")
        self.ada_in_chat, self.bob_in_chat = ada.id, bob.id

    def open_shop(self):
        self.shop.register(9, ADA, "Ada", "Quill", phone=PHONE, city="Fernandbrook", country="DE")
        self.shop.register(10, BOB, "Bob", "Fern")
        for number in range(11, 131):
            self.shop.register(number, f"guest{number}@crowd.example", "Guest", str(number))
            self.shop.sell(1000 + number, "2.10", number, email=f"guest{number}@crowd.example")
        self.shop.sell(2001, "12.10", 9, email=ADA, phone=PHONE)
        self.shop.sell(2002, "4.20", email=ADA.upper(), first_name="Ada")

    def configuration(self, names: Iterable[str]) -> str:
        entries = {
            "mail": f"type: imap, host: localhost, port: {self.mail.encrypted}, user: desk, password: secret,"
                    f" authorities: {self.mail.authority}, ignore: [{DESK}]",
            "chat": f"type: matrix, url: '{self.chat.url}', token: {self.clerk.token}, user: '{self.clerk.id}', interval: 1s",
            "crm": f"type: tryton, url: '{self.crm.url}', database: {DATABASE}, user: {USER}, password: {PASSWORD}, interval: 1s",
            "shop": f"type: woocommerce, url: '{self.shop.url}', consumerKey: {KEY}, consumerSecret: {SECRET}, interval: 1s",
        }
        return "connectors:\n" + "".join(f"  - {{name: {name}, {entries[name]}}}\n" for name in names)

    def of_ada(self) -> dict[str, set[str]]:
        """What each system calls her."""
        return {"mail": {f"email:{ADA}"}, "chat": {f"matrix.user:{self.ada_in_chat}"},
                "crm": {f"email:{ADA}", f"phone:{PHONE}", f"tryton.party:{self.parties['Ada Quill']}"},
                "shop": {f"email:{ADA}", f"phone:{PHONE}", "woocommerce.customer:9"}}

    def of_bob(self) -> set[str]:
        return {f"email:{BOB}", f"tryton.party:{self.parties['Bob Fern']}", "woocommerce.customer:10"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory):
    with ExitStack() as running:
        yield Company(tmp_path_factory.mktemp("company"), running)


def members(hub: Hub, identifier: str) -> set[str]:
    person = hub.one_profile(identifier)
    return {f"{one['namespace']}:{one['value']}" for one in person["identifiers"]} if person else set()


def await_person(hub: Hub, identifiers: set[str]):
    """Until each of the identifiers leads to a person who has all of them."""
    eventually(lambda: all(identifiers <= members(hub, one) for one in identifiers), 120,
               lambda: f"{identifiers}, not {[members(hub, one) for one in identifiers]}\n{hub.printed()}")


def say_who_is_who(hub: Hub, company: Company):
    hub.kith("merge", ADA, f"matrix.user:{company.ada_in_chat}", "--reason", "She gave her address in the chat.", "--yes")


def outcome(hub: Hub, company: Company) -> dict[str, Any]:
    """What is known in the end, whoever said it first."""
    hub.settled()
    people = {}
    for name, identifier in {"ada": f"email:{ADA}", "bob": f"email:{BOB}", "bob in the chat": f"matrix.user:{company.bob_in_chat}"}.items():
        person = hub.one_profile(identifier)
        happened = Counter((event["type"], event.get("name"), event["time"]) for event in hub.events(identifier))
        people[name] = members(hub, identifier), person["traits"], happened
    return people


def is_complete(hub: Hub, company: Company) -> bool:
    wanted = {"woocommerce.customer:9": ("Order Completed", 2), f"matrix.user:{company.bob_in_chat}": ("Matrix Message Posted", 1),
              f"email:{ADA}": ("Opportunity Updated", 1), f"email:{BOB}": ("Email Sent", 1)}
    return all(hub.one_profile(identifier) and [event.get("name") for event in hub.events(identifier)].count(name) == count
               for identifier, (name, count) in wanted.items())


def test_a_customer_of_four_systems_is_one_person_whoever_is_heard_first(tmp_path, company):
    names = company.of_ada()
    everything = set().union(*names.values())
    with Hub(tmp_path / "at-once", company.configuration(names)) as hub:
        await_person(hub, everything - names["chat"])
        await_person(hub, names["chat"])
        assert members(hub, f"email:{ADA}") == everything - names["chat"], "nothing says yet who she is in the chat"
        say_who_is_who(hub, company)
        await_person(hub, everything)
        await_person(hub, company.of_bob())
        eventually(lambda: is_complete(hub, company), 120, hub.printed)
        at_once = outcome(hub, company)
        check(hub, company, at_once)
        assert company.shop.refused == 1 and company.shop.asked.count(("customers", 2)) >= 2

    order = ["shop", "crm", "chat", "mail"]
    with Hub(tmp_path / "in-turn", company.configuration(order[:1])) as hub:
        for count, name in enumerate(order, 1):
            if count > 1:
                (hub.data / "kith.yaml").write_text(company.configuration(order[:count]))
                hub.kill_and_await("connector")
            await_person(hub, names[name])
            if name == "chat":
                say_who_is_who(hub, company)
        await_person(hub, everything)
        await_person(hub, company.of_bob())
        eventually(lambda: is_complete(hub, company), 120, hub.printed)
        assert outcome(hub, company) == at_once


def check(hub: Hub, company: Company, people: dict[str, Any]):
    (ada, traits, happened), (bob, *_), (bob_in_chat, *_) = people.values()
    assert ada == set().union(*company.of_ada().values())
    assert bob == company.of_bob()
    assert bob_in_chat == {f"matrix.user:{company.bob_in_chat}"}, "of whom nobody said who he is"
    assert (traits["name"], traits["lastName"], traits["address"]) == ("Ada Quill", "Quill", {"city": "Fernandbrook", "country": "DE"})
    names = Counter(name for _, name, _ in happened.elements())
    assert (names["Order Completed"], names["Email Sent"], names["Email Received"]) == (2, 1, 1)
    assert names["Matrix Message Posted"] == names["Opportunity Updated"] == 1
    shown = hub.kith("query", ADA).stdout
    for identifier in ada:
        assert identifier.split(":", 1)[1] in shown, shown
    assert hub.kith("dead-letters", "list").stdout.strip() in ("", "There are no dead letters.")

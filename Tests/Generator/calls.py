"""How each system tells of a touch: the Segment call that it sends, and the traps that are in it."""

from random import Random
from typing import Any

from . import names
from .people import Person, base36
from .schedule import Kind, Touch

Call = dict[str, Any]

#: The namespace of each source's own ids; its write key says so for ``userId``, ``externalIds`` say it in the event.
NAMESPACES = {"web": "user", "mobile": "user", "news": "user", "shop": "shop.customer", "crm": "crm.contact",
              "email": "esp.contact", "chat": "chat.user"}

BROWSER = {"name": "analytics.js", "version": "2.11.1"}
PHONE = {"name": "analytics-ios", "version": "4.1.6"}
SERVER = {"name": "store-server", "version": "1.0.0"}


class Calls:
    def __init__(self, options, kiosks: list[str], random: Random):
        self.options = options
        self.kiosks = kiosks
        self.draw = random.random
        self.makers = {
            Kind.PAGE: self.page, Kind.ACTION: self.action, Kind.LOGIN: self.login, Kind.ALIAS: self.alias,
            Kind.TAP: self.tap, Kind.ORDER: self.order, Kind.CONTACT: self.contact, Kind.MAIL: self.mail,
            Kind.CHAT_START: self.chat_start, Kind.CHAT: self.chat, Kind.NEWSLETTER: self.newsletter,
        }

    def make(self, touch: Touch, mark: int) -> tuple[Call, str]:
        """The call without its id and time, and the letters of its traps."""
        return self.makers[touch.kind](touch, mark)

    # The visitor's own device.

    def on_device(self, touch: Touch, context: Call) -> tuple[Call, str]:
        kiosk = touch.device < 0
        device = self.kiosks[-1 - touch.device] if kiosk else touch.person.devices[touch.device]
        call: Call = {"type": touch.kind.call, "anonymousId": device}
        if touch.signed_in:
            call["userId"] = touch.person.user
        call["context"] = context
        return call, ("k" if kiosk else "") + ("" if touch.signed_in else "a")

    def page(self, touch: Touch, mark: int) -> tuple[Call, str]:
        name = names.PAGES[(mark >> 24) % 10]
        call, flags = self.on_device(touch, browser_context(mark, name))
        call["name"] = name
        call["properties"] = {**page_of(name), "referrer": "https://search.example/"}
        return call, flags

    def action(self, touch: Touch, mark: int) -> tuple[Call, str]:
        call, flags = self.on_device(touch, browser_context(mark, names.PAGES[(mark >> 24) % 10]))
        return product_call(call, mark), flags

    def tap(self, touch: Touch, mark: int) -> tuple[Call, str]:
        call, flags = self.on_device(touch, app_context(mark))
        return product_call(call, mark), flags

    def login(self, touch: Touch, mark: int) -> tuple[Call, str]:
        person = touch.person
        call, flags = self.on_device(touch, browser_context(mark, "account"))
        call["traits"] = {"email": person.email, "firstName": names.titled(person.first),
                          "lastName": names.titled(person.last), "plan": ("free", "pro", "team")[mark % 3],
                          "createdAt": f"2025-{1 + mark % 12:02d}-11T08:00:00.000Z"}
        return call, flags

    def alias(self, touch: Touch, mark: int) -> tuple[Call, str]:
        call, flags = self.on_device(touch, app_context(mark))
        call["previousId"] = call.pop("anonymousId")
        return call, flags

    def newsletter(self, touch: Touch, mark: int) -> tuple[Call, str]:
        email, flags = self.typed_email(touch.person)
        if self.draw() < self.options.typo_rate * 0.1:
            email, flags = misspelled(email, self.draw), flags + "t"
        return {"type": "identify", "anonymousId": touch.person.devices[0],
                "traits": {"email": email, "firstName": names.titled(touch.person.first), "newsletter": True},
                "context": browser_context(mark, "newsletter")}, flags

    # The company's own systems.

    def order(self, touch: Touch, mark: int) -> tuple[Call, str]:
        person = touch.person
        email, flags = self.typed_email(person)
        if self.draw() < self.options.typo_rate * 0.1:
            email, flags = misspelled(email, self.draw), flags + "t"
        elif self.draw() < 0.1:
            email = email.upper()
        guest = self.draw() < 0.3
        properties = {"order_id": f"ord_{mark >> 24:x}", "email": email, "total": mark % 40_000 / 100, "currency": "USD",
                      "products": [product(mark), product(mark >> 20)], "shipping": address(person)}
        if self.draw() < 0.6:
            properties["phone"] = phone(person.phone, "{}-{}-{}")
        call: Call = {"type": "track", "event": "Order Completed", "properties": properties}
        if guest:
            call["anonymousId"] = f"guest-{mark >> 20:x}"
        else:
            call["userId"] = person.customer
        # An order says whose it is in its context: what a property means is the shop's own business.
        traits = {name: properties[name] for name in ("email", "phone") if name in properties}
        ids = [] if guest else [external("shop.customer", person.customer)]
        call["context"] = {"library": SERVER, "traits": traits, "externalIds": ids}
        return call, flags

    def contact(self, touch: Touch, mark: int) -> tuple[Call, str]:
        person = touch.person
        contact = person.contacts[touch.device]
        traits, flags = record(person, touch.device, self.options)
        return {"type": "identify", "userId": contact, "traits": traits,
                "context": {"library": SERVER, "externalIds": [external("crm.contact", contact)]}}, flags

    def mail(self, touch: Touch, mark: int) -> tuple[Call, str]:
        person = touch.person
        shared = person.family_email is not None and person.number % 5 == 0
        return {"type": "track", "userId": person.subscriber,
                "event": "Email Link Clicked" if mark & 3 == 0 else "Email Opened",
                "properties": {"campaign_id": f"cmp_{mark % 90}", "campaign_name": f"Weekly {mark % 52}",
                               "email_id": f"em_{mark >> 40}", "subject": "Your weekly picks",
                               "link_url": f"https://store.example/p/{mark % 5000}"},
                "context": {"traits": {"email": person.family_email if shared else person.email}, "library": SERVER,
                            "externalIds": [external("esp.contact", person.subscriber)]}}, "f" if shared else ""

    def chat_start(self, touch: Touch, mark: int) -> tuple[Call, str]:
        person = touch.person
        traits: Call = {"name": f"{names.titled(person.first)} {names.titled(person.last)}"}
        flags = ""
        if person.number % 2:
            traits["phone"] = f"+1{person.phone}"
        else:
            traits["email"], flags = self.typed_email(person)
        return {"type": "identify", "userId": person.chat_handle, "traits": traits,
                "context": chat_context(person)}, flags

    def chat(self, touch: Touch, mark: int) -> tuple[Call, str]:
        person = touch.person
        return {"type": "track", "userId": person.chat_handle, "event": "Message Received",
                "properties": {"channel": person.chat_handle.split(":")[0], "text_length": 5 + mark % 200,
                               "conversation_id": f"cv_{base36(person.number)}"},
                "context": chat_context(person)}, ""

    def typed_email(self, person: Person) -> tuple[str, str]:
        """The address that a person types into a form: not always their own."""
        x = self.draw()
        if x < self.options.junk_rate:
            return "test@test.example", "j"
        if person.family_email and x < 0.4:
            return person.family_email, "f"
        if person.role_email and x < 0.5:
            return person.role_email, "r"
        return (person.work_email, "") if person.work_email and x > 0.8 else (person.email, "")


def record(person: Person, copy: int, options) -> tuple[Call, str]:
    """A person as a colleague once typed them into the CRM; a record keeps its errors on every update."""
    draw = Random(f"{options.seed}/{person.number}/{copy}").random
    first, last, street, postcode, birthday = person.first, person.last, person.street, person.postcode, person.birthday
    (email, number), flags = reachable(person, copy, options, draw)
    clean = (first, last, street, postcode)
    if draw() < options.typo_rate:
        first = names.mistyped(first, draw)
    elif draw() < 0.08:
        first = names.NICKNAMES.get(first, first)
    if draw() < options.typo_rate:
        last = names.mistyped(last, draw)
    if draw() < options.typo_rate * 0.7:
        street = names.mistyped(street, draw)
    if draw() < options.typo_rate * 0.3:
        postcode = names.mistyped(postcode, draw)
    if draw() < 0.05:
        first, last = last, first
    if clean != (first, last, street, postcode):
        flags += "t"
    traits: Call = {"firstName": names.titled(first), "lastName": names.titled(last)}
    if email:
        traits["email"] = email
    if number:
        traits["phone"] = phone(number, "({}) {}-{}")
    if draw() >= 0.15:
        traits["birthday"] = birthday
    traits["address"] = {**address(person), "street": street, "postalCode": postcode}
    traits["owner"] = f"rep_{person.number % 37}"
    traits["stage"] = ("lead", "mql", "opportunity", "customer")[person.number & 3]
    return traits, flags


def reachable(person: Person, copy: int, options, draw) -> tuple[tuple[str, str], str]:
    """A record's mail address and phone number, and whether they are shared, junk or nobody's."""
    if copy == 1 and draw() < options.weak_rate:
        old = f"{names.plain(person.first)}.old{base36(person.number)}@legacy.example"
        spare = f"{200 + person.number // 10000 % 790}557{person.number % 10000:04d}"
        return (old if draw() < 0.5 else "", spare if draw() < 0.4 else ""), "w"
    if draw() < options.junk_rate:
        return (person.email, "0000000000"), "j"
    if copy == 1:
        return (person.work_email or person.email if draw() < 0.5 else person.email, person.phone), ""
    x = draw()
    shared_phone = person.landline is not None and draw() < 0.4
    number, flags = (person.landline or "", "l") if shared_phone else (person.phone, "")
    if person.family_email and x < 0.25:
        return (person.family_email, number), flags + "f"
    if person.role_email and x < 0.3:
        return (person.role_email, number), flags + "r"
    return (person.email, number), flags


def misspelled(email: str, draw) -> str:
    mailbox, _, domain = email.partition("@")
    return f"{names.mistyped(mailbox, draw)}@{domain}"


def phone(digits: str, form: str) -> str:
    return form.format(digits[:3], digits[3:6], digits[6:])


def external(namespace: str, value: str) -> Call:
    return {"id": value, "type": namespace, "collection": "users", "encoding": "none"}


def address(person: Person) -> Call:
    return {"street": person.street, "city": person.city, "state": person.state, "postalCode": person.postcode,
            "country": "US"}


def product(mark: int) -> Call:
    return {"product_id": f"sku_{mark % 5000}", "quantity": 1 + mark % 4, "price": mark % 9000 / 100}


def product_call(call: Call, mark: int) -> Call:
    call["event"] = names.ACTIONS[(mark >> 40) % 8]
    call["properties"] = {**product(mark), "name": f"Item {mark % 5000}", "category": f"cat_{mark % 40}", "currency": "USD"}
    return call


def page_of(name: str) -> Call:
    return {"path": f"/{name}", "title": f"{name.capitalize()} - Store", "url": f"https://store.example/{name}"}


def browser_context(mark: int, page: str) -> Call:
    return {"active": True, "ip": f"10.{mark & 255}.{mark >> 8 & 255}.{mark >> 16 & 255}", "locale": "en-US",
            "userAgent": names.BROWSERS[mark >> 30 & 1], "library": BROWSER,
            "page": {**page_of(page), "referrer": "https://search.example/", "search": ""},
            "campaign": {"name": f"spring_{mark % 12}", "source": "newsletter", "medium": "email"},
            "screen": {"width": 1512, "height": 982, "density": 2}, "timezone": "America/New_York"}


def app_context(mark: int) -> Call:
    return {"ip": f"10.{mark & 255}.{mark >> 8 & 255}.{mark >> 16 & 255}", "locale": "en-US", "library": PHONE,
            "app": {"name": "Store", "version": f"5.{mark % 9}.0", "build": str(500 + mark % 99)},
            "device": {"manufacturer": "Apple", "model": "iPhone15,2", "type": "ios"},
            "os": {"name": "iOS", "version": "17.5"}, "screen": {"width": 393, "height": 852}}


def chat_context(person: Person) -> Call:
    return {"library": SERVER, "externalIds": [external("chat.user", person.chat_handle)]}

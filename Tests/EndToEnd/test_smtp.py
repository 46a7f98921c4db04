"""Mail by SMTP: commands become messages that a real server takes, read back by Python's own parser."""

import email
import email.policy
import ssl
import time
import warnings
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP

from support.ports import free_port
from support.waiting import eventually
from support_connector import Connector, certificate, identifiers


class Mailbox:
    """Keeps what it is sent; `answers` are given to the first messages in place of 250."""

    def __init__(self, answers=(), recipient_answers=None):
        self.messages = []
        self.envelopes = []
        self.answers = list(answers)
        self.recipient_answers = recipient_answers or {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.recipient_answers:
            return self.recipient_answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answers:
            return self.answers.pop(0)
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, encrypted))
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 2.0.0 queued as 42"


class Server:
    """A mail server: in the clear, with STARTTLS, or with TLS from the first byte."""

    def __init__(self, mailbox, security="none", tls=None, login=None):
        self.port = free_port()
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)

        def authenticate(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login, data.password) == login, handled=False)

        options = {"auth_required": True, "authenticator": authenticate, "auth_require_tls": False} if login else {}
        if security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}

        class Running(Controller):
            def factory(self):
                with warnings.catch_warnings():
                    # About passwords in the clear; these are not.
                    warnings.simplefilter("ignore")
                    return SMTP(self.handler, hostname="mail.test", **options)

        self.controller = Running(mailbox, hostname="127.0.0.1", port=self.port, ready_timeout=300,
                                  ssl_context=context if security == "tls" else None)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


@pytest.fixture
def connector(tmp_path):
    running = Connector(tmp_path / "data")
    yield running
    running.stop()


def configured(port: int, more: str = "security: none", host: str = "127.0.0.1") -> str:
    return ("destinations:\n"
            f"  - {{name: mail, type: smtp, host: {host}, port: {port}, from: '\"Shop, 서울\" <shop@hub.test>',"
            f" retryFirst: 50ms, {more}}}\n")


PAYLOAD = {"to": "Ada Lovelace <ada@example.com>", "subject": "안녕하세요, Ada! " + "x" * 80,
           "text": "Hello\n.leading dot\n끝\n", "html": "<p>Hello <b>끝</b></p>",
           "listUnsubscribe": "https://hub.test/u?t=1"}


def test_sends_a_message_that_says_what_was_asked_for(connector):
    mailbox = Mailbox()
    with Server(mailbox) as server:
        connector.configure(configured(server.port))
        connector.start()
        command = connector.command("mail", PAYLOAD)
        outcome = connector.outcome(command)
    assert outcome["name"] == "Message Sent" and outcome["source"] == "mail"
    assert identifiers(outcome) == ["email:ada@example.com"]
    assert "queued as 42" in outcome["event"]["properties"]["detail"]
    assert mailbox.envelopes == [("shop@hub.test", ["ada@example.com"], False)]
    [message] = mailbox.messages
    assert message["Subject"] == PAYLOAD["subject"]
    assert message["From"].addresses[0].display_name == "Shop, 서울"
    assert message["To"].addresses[0].addr_spec == "ada@example.com"
    assert message["Message-ID"].endswith("@hub.test>")
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 600
    assert message["List-Unsubscribe"] == "<https://hub.test/u?t=1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert plain.get_content().splitlines() == PAYLOAD["text"].splitlines()
    assert html.get_content().splitlines() == [PAYLOAD["html"]]
    assert not message.defects and not plain.defects and not html.defects


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypts_and_logs_in(connector, tmp_path, security):
    tls = certificate(tmp_path)
    mailbox = Mailbox()
    with Server(mailbox, security, tls, login=(b"shop", b"s3cret")) as server:
        connector.configure(configured(
            server.port, f"security: {security}, user: shop, password: '${{MAIL_PASSWORD}}', authorities: {tls[0]}",
            "localhost"))
        connector.start({"MAIL_PASSWORD": "s3cret"})
        assert connector.outcome(connector.command("mail", PAYLOAD))["name"] == "Message Sent"
    assert [encrypted for _, _, encrypted in mailbox.envelopes] == [True]


@pytest.mark.parametrize("more, word", [
    ("security: starttls", "TLS"), ("security: tls", "TLS"),
    ("security: starttls, user: shop, password: wrong, authorities: CERT", "login")])
def test_sends_nothing_where_it_cannot_trust_the_server_or_may_not_log_in(connector, tmp_path, more, word):
    """What may be put right is tried again until it is too late."""
    tls = certificate(tmp_path)
    mailbox = Mailbox()
    security = "tls" if "security: tls" in more else "starttls"
    with Server(mailbox, security, tls, login=(b"shop", b"s3cret")) as server:
        connector.configure(configured(server.port, more.replace("CERT", str(tls[0])), "localhost"))
        connector.start()
        outcome = connector.expired("mail", PAYLOAD)
    assert outcome["name"] == "Message Failed" and word in outcome["event"]["properties"]["reason"]
    assert outcome["event"]["properties"]["attempts"] > 1 and not mailbox.messages


def test_does_not_send_in_the_clear_when_encryption_was_asked_for(connector):
    mailbox = Mailbox()
    with Server(mailbox) as server:
        connector.configure(configured(server.port, "security: starttls"))
        connector.start()
        assert connector.outcome(connector.command("mail", PAYLOAD, seconds=1))["name"] == "Message Failed"
    assert not mailbox.messages


def test_tries_again_what_was_refused_for_now_and_gives_up_what_was_refused_for_good(connector):
    mailbox = Mailbox(["451 4.3.0 try later", "421 4.3.2 shutting down"], {
        "gone@example.com": "550 5.1.1 no such user", "full@example.com": "452 4.2.2 mailbox full"})
    with Server(mailbox) as server:
        connector.configure(configured(server.port))
        connector.start()
        later = connector.command("mail", PAYLOAD)
        sent = connector.outcome(later)
        gone = connector.outcome(connector.command("mail", {**PAYLOAD, "to": "gone@example.com"}))
        full = connector.expired("mail", {**PAYLOAD, "to": "full@example.com"})
        mailbox.answers = ["554 5.7.1 spam"]
        spam = connector.outcome(connector.command("mail", PAYLOAD))
    assert sent["name"] == "Message Sent" and sent["event"]["properties"]["attempts"] == 3
    assert len(mailbox.messages) == 1
    assert "550 5.1.1" in gone["event"]["properties"]["reason"] and gone["event"]["properties"]["attempts"] == 1
    assert "452 4.2.2" in full["event"]["properties"]["reason"] and full["event"]["properties"]["attempts"] > 1
    assert "554 5.7.1" in spam["event"]["properties"]["reason"] and spam["event"]["properties"]["attempts"] == 1
    codes = Counter(letter["code"] for letter in connector.dead_letters)
    assert codes["rejected"] == 2 and codes.keys() == {"expired", "rejected"}, codes


def test_gives_a_repeated_message_the_same_id(connector):
    mailbox = Mailbox(["451 4.3.0 try later"])
    with Server(mailbox) as server:
        connector.configure(configured(server.port))
        connector.start()
        connector.outcome(connector.command("mail", PAYLOAD, id="cmd-same"))
        [first] = mailbox.messages
    other = Mailbox()
    with Server(other) as server:
        connector.stop()
        connector.data = connector.data.parent / "other"
        fresh = Connector(connector.data, configured(server.port))
        fresh.start()
        fresh.outcome(fresh.command("mail", PAYLOAD, id="cmd-same"))
        fresh.stop()
    assert other.messages[0]["Message-ID"] == first["Message-ID"]


@pytest.mark.parametrize("change", [
    {"to": "ada@example.com\r\nBcc: eve@example.com"}, {"to": "ada@example.com, eve@example.com"}, {"to": "nobody"},
    {"to": "<ada@example.com> <eve@example.com>\n"}, {"subject": "Hi\r\nBcc: eve@example.com"}, {"subject": "Hi\nX: y"},
    {"to": "ada@example.com>\r\nRCPT TO:<eve@example.com"}, {"from": "a@b.test\r\nX: y"}, {"text": None, "html": None},
    {"listUnsubscribe": "https://x\r\nBcc: eve@example.com"}])
def test_refuses_what_would_become_another_message(connector, change):
    mailbox = Mailbox()
    with Server(mailbox) as server:
        connector.configure(configured(server.port))
        connector.start()
        outcome = connector.outcome(connector.command("mail", {**PAYLOAD, **change}))
        assert outcome["name"] == "Message Failed"
        assert [letter["code"] for letter in connector.dead_letters] == ["rejected"]
    assert not mailbox.messages


def test_sends_many(connector):
    mailbox = Mailbox()
    with Server(mailbox) as server:
        connector.configure(configured(server.port))
        connector.start()
        commands = [connector.command("mail", {**PAYLOAD, "to": f"p{n}@example.com"}, f"email:p{n}@example.com")
                    for n in range(100)]
        eventually(lambda: connector.status("destinations", "mail")["delivered"] == 100, 60)
        assert {connector.outcome(command)["name"] for command in commands} == {"Message Sent"}
    assert sorted(to for _, [to], _ in mailbox.envelopes) == sorted(f"p{n}@example.com" for n in range(100))
    assert len({message["Message-ID"] for message in mailbox.messages}) == 100

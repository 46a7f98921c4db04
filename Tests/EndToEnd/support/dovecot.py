"""A real Dovecot with one user, and a mailbox that a test fills by putting files into it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

from .waiting import eventually

USER, PASSWORD = "reader", "reading"

CONFIGURATION = """\
protocols = imap
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {internal}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{home}/mail
mailbox_list_index = no
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
"""


class Dovecot:
    """A server on a port of its own, without TLS, for as long as the context lasts."""

    def __init__(self):
        # Not below the test's own folder: the mailbox's owner, who may not be root, has to get there.
        self.home = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.delivered = 0

    def __enter__(self) -> "Dovecot":
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        internal = ("dovenull", "dovecot") if os.geteuid() == 0 else (owner.pw_name, owner.pw_name)
        self.home.chmod(0o755)
        for folder in ("mail/cur", "mail/new", "mail/tmp"):
            (self.home / folder).mkdir(parents=True)
        (self.home / "dovecot.conf").write_text(CONFIGURATION.format(
            home=self.home, port=self.port, internal=internal[0], group=internal[1], password=PASSWORD,
            uid=owner.pw_uid, gid=owner.pw_gid))
        self.own = lambda path: os.chown(path, owner.pw_uid, owner.pw_gid)
        for folder in (self.home, *self.home.rglob("mail"), *self.home.rglob("mail/*")):
            self.own(folder)
        program = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
        assert program, "dovecot is missing: make test installs it"
        self.process = subprocess.Popen([program, "-F", "-c", str(self.home / "dovecot.conf")], stderr=subprocess.DEVNULL)
        eventually(self.answers, 20, lambda: f"an IMAP server: {self.log()}")
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)

    def deliver(self, messages: Iterable[EmailMessage]):
        """Puts messages into the mailbox, as a delivery agent would."""
        for message in messages:
            self.delivered += 1
            draft = self.home / "mail" / "tmp" / f"{self.delivered:06}.story"
            draft.write_bytes(bytes(message))
            self.own(draft)
            draft.rename(self.home / "mail" / "new" / draft.name)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(4) == b"* OK"
        except OSError:
            return False

    def log(self) -> str:
        path = self.home / "log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

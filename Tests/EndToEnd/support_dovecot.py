"""A real Dovecot with mailboxes of one's own, on free ports, with a certificate made for it."""

import getpass
import imaplib
import os
import pwd
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
from pathlib import Path

from support.ports import free_port
from support.waiting import eventually
from support_connector import certificate

CONFIG = """\
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{root}/mail/%u
first_valid_uid = 1
mail_max_userip_connections = 100
mail_fsync = never
{users}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
"""


class Dovecot:
    """Every user exists, with the password `secret`; `more` is configuration besides."""

    def __init__(self, more: str = ""):
        # Not below the test's own folder, which pytest closes to the mailboxes' owner whenever another run begins.
        self.root = root = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.plain, self.encrypted = free_port(), free_port()
        self.authority, _ = certificate(root)
        for name in ("run", "state", "mail"):
            (root / name).mkdir(parents=True, exist_ok=True)
        # Dovecot does not read mail as root; as anybody else it can be nobody else.
        self.owner = pwd.getpwnam("nobody" if os.geteuid() == 0 else getpass.getuser())
        users = "" if os.geteuid() == 0 else (
            f"default_internal_user = {self.owner.pw_name}\ndefault_login_user = {self.owner.pw_name}\n")
        (root / "dovecot.conf").write_text(CONFIG.format(
            root=root, plain=self.plain, encrypted=self.encrypted, users=users, user=self.owner.pw_uid,
            group=self.owner.pw_gid) + more)
        if os.geteuid() == 0:
            root.chmod(0o711)
            os.chown(root / "mail", self.owner.pw_uid, self.owner.pw_gid)

    def __enter__(self) -> "Dovecot":
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def start(self):
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        self.process = subprocess.Popen(
            [program, "-F", "-c", self.root / "dovecot.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        eventually(self.answers, 60, lambda: f"a running Dovecot:\n{self.log()}")

    def log(self) -> str:
        return (self.root / "log").read_text(errors="replace")

    def stop(self):
        self.process.terminate()
        self.process.wait(300)

    def kill(self):
        """A sudden end, also of the processes that serve connections, which outlive the one that is stopped."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def answers(self) -> bool:
        try:
            self.session("probe").logout()
            return True
        except OSError:
            return False

    def session(self, user: str) -> imaplib.IMAP4:
        """A logged-in connection, for what the connector itself never does."""
        trust = ssl.create_default_context(cafile=self.authority)
        session = imaplib.IMAP4_SSL("localhost", self.encrypted, ssl_context=trust)
        session.login(user, "secret")
        return session

    def deliver(self, user: str, messages: list[bytes], folder: str = "INBOX"):
        """Appends messages to a mailbox, which is made if there is none."""
        session = self.session(user)
        if folder != "INBOX":
            session.create(folder)
        for message in messages:
            answer, text = session.append(folder, None, None, message)
            assert answer == "OK", text
        session.logout()

    def flags(self, user: str) -> list[bytes]:
        session = self.session(user)
        session.select("INBOX", readonly=True)
        _, found = session.fetch("1:*", "(FLAGS)")
        session.logout()
        return [entry for entry in found if entry]

    def renumber(self, user: str):
        """Gives a mailbox another UID validity, as restoring it from a backup does."""
        mailbox = self.root / "mail" / user
        for index in mailbox.glob("dovecot.index*"):
            # Whoever reads it meanwhile has drafts among them, which go by themselves.
            index.unlink(missing_ok=True)
        uids = mailbox / "dovecot-uidlist"
        content = uids.read_text()
        anew = uids.with_suffix(".new")
        anew.write_text(re.sub(r" V(\d+)", lambda found: f" V{int(found[1]) + 1000}", content, count=1))
        shutil.copystat(uids, anew)
        os.chown(anew, uids.stat().st_uid, uids.stat().st_gid)
        # Whoever reads it meanwhile has the one or the other, and nothing by halves.
        anew.replace(uids)

"""“From nothing to a working connector”, done as the page says it, against a vendor of one's own."""

import http.server
import json
import re
import shlex
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from support import Hub, eventually
from support.hub import PROGRAMS, REPOSITORY

#: What the vendor answers; its contacts are called people.
ANSWER = {"people": [{"id": 7, "mail": "iris@quill.example", "name": "Iris Quill", "updated_at": "2026-03-02T08:00:00Z"},
                     {"id": 8, "mail": "otto@fern.example", "name": "Otto Fern", "updated_at": "2026-03-02T09:00:00Z"}]}
FIXTURE = """\
settings: {token: secret}
exchanges:
  - request: GET /v1/people?limit=100&updated_since=2020-01-01T00:00:00.000Z
    headers: {Authorization: Bearer secret}
    answer: {status: 200, body: %s}
events:
  - {type: identify, traits: {name: Iris Quill}, context: {externalIds: [{type: email, id: iris@quill.example}, {type: acme.contact, id: "7"}]}}
  - {type: identify, traits: {name: Otto Fern}}
"""


def commands() -> list[str]:
    """Every command of the page's tutorial, as it stands there."""
    page = (REPOSITORY / "docs" / "connectors.md").read_text()
    return re.findall(r"`(kith [^`]+)`", page.split("## From nothing to a working connector\n")[1])


def entry() -> str:
    """What the tutorial puts into `kith.yaml`."""
    page = (REPOSITORY / "docs" / "connectors.md").read_text().split("## From nothing to a working connector\n")[1]
    return "\n".join(line[3:] for line in re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1].splitlines()) + "\n"


@pytest.fixture
def vendor():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            isKnown = self.headers["Authorization"] == "Bearer t0ken" and self.path.startswith("/v1/people?")
            self.send_response(200 if isKnown else 401)
            self.end_headers()
            self.wfile.write(json.dumps(ANSWER if isKnown else {}).encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_tutorial_leads_to_a_connector_that_works(tmp_path: Path, vendor: str):
    def run(command: str) -> subprocess.CompletedProcess[str]:
        _, *arguments = shlex.split(command)
        return subprocess.run([PROGRAMS / "kith", *arguments], cwd=tmp_path, text=True, capture_output=True, timeout=300)

    new, test, again, add, up, check, read, status, letters = commands()
    assert test == again and up == "kith up"
    assert run(new).returncode == 0
    assert run(test).stdout == "ok    acme/fixtures/contacts.yaml\n"

    folder = tmp_path / ".kith" / "connectors" / "acme"
    (folder / "fixtures" / "contacts.yaml").write_text(FIXTURE % json.dumps(ANSWER))
    failed = run(test)
    assert failed.returncode == 1 and "/v1/contacts" in failed.stdout
    manifest = (folder / "manifest.yaml").read_text()
    for old, text in {"/v1/contacts": "/v1/people", ".contacts[]": ".people[]", "email, phone": "email: .mail",
                      "https://api.example.com": vendor}.items():
        assert old in manifest
        manifest = manifest.replace(old, text)
    (folder / "manifest.yaml").write_text(manifest)
    assert run(test).stdout == "ok    acme/fixtures/contacts.yaml\n"

    assert run(add).returncode == 0
    assert yaml.safe_load((tmp_path / ".kith" / "kith.yaml").read_text()) == yaml.safe_load(entry())
    with Hub(tmp_path / ".kith", environment={"ACME_TOKEN": "t0ken"}) as hub:
        assert run(check).stdout == "ok    contacts\n"
        shown = [json.loads(line) for line in run(read).stdout.splitlines()]
        assert [event["traits"]["name"] for event in shown] == ["Iris Quill", "Otto Fern"]
        eventually(lambda: hub.one_profile("email:iris@quill.example"), 60, hub.printed)
        eventually(lambda: re.search(r"crm +acme +idle", run(status).stdout), 60, hub.printed)
        assert run(letters).returncode == 0

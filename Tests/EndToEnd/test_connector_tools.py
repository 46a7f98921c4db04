"""What helps to make connectors: the commands that need no running instance."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.hub import PROGRAMS


def kith(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAMS / "kith", "connector", *arguments], cwd=cwd, text=True, capture_output=True,
                          env={**os.environ, **environment})


def test_a_connector_is_added_before_the_first_start(tmp_path):
    added = kith("add", "crm", "--type", "hubspot", cwd=tmp_path)
    assert added.returncode == 0 and "Now start Kith" in added.stdout, added
    assert "name: crm" in (tmp_path / ".kith" / "kith.yaml").read_text()
    assert (tmp_path / ".kith").stat().st_mode & 0o007 == 0, "the data directory is nobody else's"


def test_a_new_connector_passes_its_test_and_says_what_breaks_it(tmp_path):
    made = kith("new", "acme", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    tested = kith("test", "acme", cwd=tmp_path)
    assert (tested.returncode, tested.stdout) == (0, "ok    acme/fixtures/contacts.yaml\n")
    assert (tmp_path / ".kith").stat().st_mode & 0o007 == 0, "the data directory is nobody else's"
    manifest = tmp_path / ".kith" / "connectors" / "acme" / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("limit: 100", "limit: 50"))
    broken = kith("test", "acme", cwd=tmp_path)
    assert broken.returncode == 1 and "limit=50" in broken.stdout
    manifest.write_text(manifest.read_text().replace("records: .contacts[]", "records: .contacts["))
    wrong = kith("test", "acme", cwd=tmp_path)
    line = 1 + manifest.read_text().splitlines().index("    records: .contacts[")
    assert wrong.returncode == 1 and f"line {line}:" in wrong.stdout, wrong.stdout
    again = kith("new", "acme", cwd=tmp_path)
    assert again.returncode == 2 and "is there already" in again.stderr and "Usage" not in again.stderr


def test_a_new_connector_is_not_called_like_one_that_is_built_in_and_would_be_used(tmp_path):
    made = kith("new", "csv", cwd=tmp_path)
    assert made.returncode == 2 and "choose another name" in made.stderr and not (tmp_path / ".kith").exists(), made


@pytest.mark.parametrize("where", ["option", "variable"])
def test_a_new_connector_is_found_where_it_was_made(tmp_path, where):
    folder = tmp_path / "own"
    options = ["--in", str(folder)] if where == "option" else []
    variables = {"KITH_CONNECTORS": str(folder)} if where == "variable" else {}
    made = kith("new", "acme", *options, cwd=tmp_path, **variables)
    assert made.returncode == 0 and (folder / "acme" / "manifest.yaml").exists(), made
    [said] = re.findall(r"3\. kith connector (.+)", made.stdout)
    assert kith(*said.split(), cwd=tmp_path, **variables).stdout == "ok    acme/fixtures/contacts.yaml\n"


def test_lists_and_shows_what_there_is(tmp_path):
    listed = kith("list", cwd=tmp_path).stdout
    assert re.search(r"^stripe +source: ", listed, re.MULTILINE)
    shown = kith("show", "hubspot", cwd=tmp_path).stdout
    assert "upsertContact" in shown and "required, secret" in shown
    source, _, destination = shown.partition("settings as a destination")
    assert re.search(r"^  interval +How often to read. \(default 5m\)$", source, re.MULTILINE) and "userNamespace" in source
    assert "retryFirst" in destination and "settings as a destination" not in kith("show", "stripe", cwd=tmp_path).stdout


def test_a_folder_without_a_manifest_is_named_and_not_listed(tmp_path):
    folder = tmp_path / ".kith" / "connectors" / "acme"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text("title: Acme\n")
    listed = kith("list", cwd=tmp_path)
    assert "connectors/acme has no manifest.yaml and is ignored.\n" in listed.stderr and "acme" not in listed.stdout


def test_a_manifest_that_is_wrong_is_named_and_hides_no_other(tmp_path):
    file = tmp_path / ".kith" / "connectors" / "acme" / "manifest.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("title: [\n")
    listed = kith("list", cwd=tmp_path)
    assert listed.returncode == 1 and "connectors/acme/manifest.yaml: line 2: This is not YAML" in listed.stderr, listed
    assert re.search(r"^stripe +source: ", listed.stdout, re.MULTILINE) and "acme" not in listed.stdout


def test_lists_and_shows_what_is_built_in(tmp_path):
    lines = kith("list", cwd=tmp_path).stdout.splitlines()
    assert lines == sorted(lines, key=lambda line: line.split()[0])
    listed = "\n".join(lines)
    for words in (r"csv +source, destination, built in: ", r"imap +source, built in: ", r"smtp +destination, built in: "):
        assert re.search(f"^{words}", listed, re.MULTILINE), listed
    shown = kith("show", "csv", cwd=tmp_path).stdout
    source, _, destination = shown.partition("settings as a destination")
    assert "settings as a source" in source and "delimiter" in source and "userNamespace" in source
    assert "columns" in destination and "retryFirst" in destination
    assert "(required, secret)" in kith("show", "imap", cwd=tmp_path).stdout
    assert kith("nonsense", cwd=tmp_path).returncode != 0


def test_the_tools_end_as_kith_promises(tmp_path):
    for command in (["show", "nonsense"], ["test", "nonsense"]):
        unknown = kith(*command, cwd=tmp_path)
        assert unknown.returncode == 3 and "There is no connector “nonsense”" in unknown.stderr, unknown
    unknown = kith("add", "crm", "--type", "nonsense", cwd=tmp_path)
    assert unknown.returncode == 3 and "no connector of type" in unknown.stderr, unknown
    for command in (["show"], ["list", "--nonsense"], ["new", "No Name"], ["add", "people", "--type", "csv", "--set", "path"]):
        wrong = kith(*command, cwd=tmp_path)
        assert wrong.returncode == 2 and wrong.stderr.startswith("Error: "), wrong
        assert "Usage" not in wrong.stderr
    helped = kith("show", "--help", cwd=tmp_path)
    assert helped.returncode == 0 and "USAGE:" in helped.stdout


def test_says_what_does_the_same_in_a_container_where_it_has_not_the_program(tmp_path):
    alone = shutil.copy(PROGRAMS / "kith", tmp_path / "kith")
    for command in ("list", "test"):
        told = subprocess.run([alone, "connector", command], text=True, capture_output=True)
        assert told.returncode == 1 and "“connector” is not in" in told.stderr, told
        assert f"docker compose run --rm --no-deps connector {command}" in told.stderr

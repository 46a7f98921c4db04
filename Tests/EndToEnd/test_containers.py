"""The images and the compose file, for real: built, started, written to, backed up, upgraded, and started again from that."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import eventually
from support.hub import REPOSITORY, SERVICES
from support_composed import USER, Composed

pytestmark = [pytest.mark.containers, pytest.mark.timeout(7200)]
#: What an image may take, uncompressed.
IMAGE_BYTES = 150_000_000

#: Contacts come in from a file, and go out to somebody who does not want them.
CONFIGURATION = """\
sources:
  - {name: crm, type: csv, path: contacts.csv, userNamespace: crm.contact, interval: 1s}
destinations:
  - name: nobody
    type: webhook
    url: http://ingest:8080/nowhere
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjMzSGVsbG8=
    allow: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]
rules:
  - {name: thanks, on: {event: Order Completed}, to: nobody, webhook: {body: {who: "{{identifiers.user}}"}}}
"""


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    project = Composed(tmp_path_factory.mktemp("composed"), CONFIGURATION)
    (project.config / "contacts.csv").write_text("user_id,email,plan\n7,bob@shop.example,pro\n")
    shutil.chown(project.backups, USER, USER)
    try:
        project.run("build")
        project.build_command_line()
        # The first to start is the one that needs the others most.
        project.up("notifier", "connector")
        yield project
    finally:
        project.run("down", "--volumes", check=False)


def test_what_is_sent_to_ingest_is_read_from_profile_also_after_a_restart(composed: Composed):
    composed.send("identify", {"userId": "42", "traits": {"email": "ada@shop.example", "name": "Ada"}, "messageId": "in-a-box"})
    eventually(lambda: has_ada(composed), 30, "the profile")
    composed.run("down")
    composed.up()
    eventually(lambda: has_ada(composed), 30, "the profile after a restart")


def has_ada(composed: Composed) -> bool:
    profile = composed.profile("email:ada@shop.example")
    return profile is not None and profile["traits"]["name"] == "Ada"


def test_sources_destinations_and_rules_come_from_the_folder_beside_the_compose_file(composed: Composed):
    eventually(lambda: composed.profile("crm.contact:7"), 30, "the contact from the file")
    composed.send("track", {"userId": "43", "event": "Order Completed", "messageId": "an-order"})
    # A rule was found, its message was delivered, and refused.
    eventually(lambda: "Message Failed" in names(composed, "user:43"), 30, lambda: f"an outcome, not {names(composed, 'user:43')}")


def names(composed: Composed, identifier: str) -> list[str]:
    timeline = composed.profile(identifier, "/events")
    return [event["name"] for event in timeline["events"]] if timeline else []


def test_a_phone_number_is_known_however_it_is_written(composed: Composed):
    """The image has only a part of what ICU knows."""
    for number, written in enumerate(("+４９ (0) 30 / 901820", "+49\u00a030\u2009901\u2013820", "tel:+49-30-901820")):
        composed.send("identify", {"anonymousId": f"caller-{number}", "traits": {"phone": written}, "messageId": f"call-{number}"})
    eventually(lambda: {"call-0", "call-1", "call-2"} <= ids(composed, "phone:+4930901820"), 30,
               lambda: f"three calls, not {ids(composed, 'phone:+4930901820')}")


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_no_root_and_writes_only_to_its_volume(composed: Composed, service: str):
    status = Path(f"/proc/{composed.host_process(service)}/status").read_text()
    assert re.search(r"^Uid:\t10001\t10001\t10001\t10001$", status, re.M), status
    assert re.search(r"^CapEff:\t0+$", status, re.M) and re.search(r"^NoNewPrivs:\t1$", status, re.M), status
    mounts = {line.split()[4]: line.split()[5].split(",")
              for line in Path(f"/proc/{composed.host_process(service)}/mountinfo").read_text().splitlines()}
    assert "ro" in mounts["/"] and "ro" in mounts["/config"]
    assert "rw" in mounts["/data"] and "rw" in mounts["/tmp"]
    # Nothing is there that could be misused: not even a shell.
    assert composed.inside(service, "sh", "-c", "true").returncode != 0


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_small(composed: Composed, service: str):
    image = json.loads(subprocess.check_output([composed.engine, "image", "inspect", f"kith-{service}"]))[0]
    print(f"kith-{service} takes {image['Size'] / 1e6:.1f} MB")
    assert image["Size"] < IMAGE_BYTES


def test_keys_are_in_files_only(composed: Composed):
    for service in SERVICES:
        environment = Path(f"/proc/{composed.host_process(service)}/environ").read_text()
        told = json.dumps(composed.inspect(service)["Config"])
        assert not [key for key in composed.keys.values() if key in environment or key in told]


@pytest.mark.parametrize("service", SERVICES)
def test_the_engine_knows_who_is_healthy(composed: Composed, service: str):
    assert composed.health(service) == "healthy"
    nobody = composed.inside(service, "env", "KITH_PORT=9", "/usr/local/bin/service", "--health-check")
    assert nobody.returncode != 0, "a check that nothing can fail says nothing"


def test_the_command_line_has_a_container_of_its_own(composed: Composed):
    assert "profile" in composed.kith("status")
    assert "notifier: info" in composed.kith("log-level")


def test_the_command_line_sees_the_configuration_and_the_log(composed: Composed):
    (composed.config / "people.csv").write_text("user_id,email\n81,zoe@shop.example\n")
    composed.kith("import", "/config/people.csv")
    eventually(lambda: composed.profile("email:zoe@shop.example"), 30, "who was imported")
    assert "zoe@shop.example" in composed.kith("tail", "events", "--from", "0", "--no-follow", "--json")


def test_a_service_s_image_does_what_the_command_line_has_no_program_for(composed: Composed):
    assert "mailchimp" in composed.run("run", "--rm", "-T", "--no-deps", "connector", "list").stdout
    for service in ("profile", "connector", "notifier"):
        told = composed.run("run", "--rm", "-T", "--no-deps", service, "--copy-store", check=False).stdout
        assert "KITH_STORE does not say where to copy the store" in told, told


def test_it_does_not_start_without_keys(composed: Composed, tmp_path: Path):
    # By the engine, since what a missing file means is for each compose to say; that of an empty one is ours.
    (tmp_path / "empty").touch()
    done = subprocess.run(
        [composed.engine, "run", "--rm", "--env", "KITH_WRITE_KEY_FILE=/empty", "--volume", f"{tmp_path}/empty:/empty:ro", "kith-profile"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode not in (0, 137) and "KITH_WRITE_KEY_FILE names /empty. It is empty." in done.stdout, done


def test_a_backup_of_a_running_instance_is_restored_in_its_place(composed: Composed):
    composed.send("identify", {"userId": "77", "traits": {"email": "eve@shop.example"}, "messageId": "before-backup"})
    eventually(lambda: composed.profile("email:eve@shop.example"), 30, "the profile")
    composed.kith("backup", "/backup/first")
    composed.send("identify", {"userId": "78", "traits": {"email": "late@shop.example"}, "messageId": "after-backup"})
    eventually(lambda: composed.profile("email:late@shop.example"), 30, "the profile that is not in the backup")
    before = composed.profile("email:eve@shop.example")
    composed.run("down", "--volumes")
    assert "is no whole backup" in composed.run("run", "--rm", "-T", "--no-deps", "kith", "restore", "/backup/nothing", check=False).stdout
    composed.kith("restore", "/backup/first")
    composed.up()
    assert composed.profile("email:eve@shop.example") == before
    assert composed.profile("email:late@shop.example") is None
    # It goes on from there: the same event comes again, and others do.
    composed.send("identify", {"userId": "77", "traits": {"email": "eve@shop.example"}, "messageId": "before-backup"})
    composed.send("identify", {"userId": "78", "traits": {"email": "late@shop.example"}, "messageId": "after-backup"})
    eventually(lambda: composed.profile("email:late@shop.example"), 30, "what came after the backup, sent again")
    assert composed.profile("email:eve@shop.example")["eventCount"] == before["eventCount"]


def test_an_upgrade_and_the_way_back(composed: Composed):
    """Other images in place of those that run, one service after the other, and then the former ones again."""
    former = {service: composed.image_of(service) for service in SERVICES}
    later = {service: composed.next_image(service) for service in SERVICES}
    for images in (later, former):
        for service in SERVICES:
            composed.name_image(service, images[service])
            replace(composed, service, while_away=f"{images[service][:12]}-{service}")
            assert composed.image_of(service) == images[service]
    wanted = {f"{images[service][:12]}-{service}" for images in (later, former) for service in SERVICES if service != "ingest"}
    eventually(lambda: wanted <= ids(composed, "user:42"), 30, lambda: f"all of {wanted - ids(composed, 'user:42')}")


def replace(composed: Composed, service: str, while_away: str):
    """Puts another container in place of a service's; events come in meanwhile."""
    composed.remove(service)
    if service != "ingest":
        composed.send("track", {"userId": "42", "event": "Seen", "messageId": while_away})
    composed.run("up", "--detach", service)
    composed.await_health(service)


def ids(composed: Composed, identifier: str) -> set[str]:
    timeline = composed.profile(identifier, "/events?limit=200")
    return {event["messageId"] for event in timeline["events"]} if timeline else set()


def test_a_connector_with_python_has_what_taps_need(composed: Composed):
    composed.build("--file", "Services/Dockerfile", "--build-arg", "SERVICE=connector", "--target", "with-python",
                   "--tag", "kith-connector-python", ".")
    done = subprocess.run(
        [composed.engine, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--entrypoint", "python3", "kith-connector-python", "-c",
         "import venv; venv.create('/data/taps/probe', with_pip=True); print(open('/data/taps/probe/bin/pip').readline())"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0 and "/data/taps/probe/bin/python" in done.stdout, done.stdout

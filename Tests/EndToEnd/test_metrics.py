"""What the services measure: named in one way, told apart by few labels, and enough for the alerts and the dashboard."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from support import Hub, Web, eventually
from support.hub import REPOSITORY, SERVICES
from test_webhooks import INSIDE, THANKS, Endpoint, destination

DEPLOY = REPOSITORY / "Services" / "deploy" / "prometheus"
#: Of every process, as Prometheus' client libraries have it.
PROCESS = {"process_resident_memory_bytes", "process_virtual_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
           "process_max_fds", "process_start_time_seconds"}
#: The labels there are, and how many values one may have here: none is chosen by a client.
LABELS = {"le", "method", "route", "status", "reason", "topic", "partition", "consumer", "source", "destination", "result",
          "outcome", "version"}
VALUES = 60
#: By this one names what is made of others, and up is Prometheus' own.
FOREIGN = {"up"}

CONFIG = """\
sources:
  - {name: contacts, type: csv, path: contacts.csv, interval: 1s}
  - {name: broken, type: csv, path: nowhere.csv, interval: 1s}
"""


class Page:
    """The metrics of one service: their kinds, their meanings, and their samples."""

    def __init__(self, text: str):
        self.text = text
        self.kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.meanings = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.M))
        self.samples: dict[str, list[tuple[dict[str, str], float]]] = {}
        for name, labels, value in re.findall(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", text, re.M):
            self.samples.setdefault(name, []).append((dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)), float(value)))

    def value(self, name: str, **labels: str) -> float:
        [value] = [value for found, value in self.samples[name] if labels.items() <= found.items()]
        return value


def page(hub: Hub, service: str) -> Page:
    with Web(hub.url(service)) as web:
        return Page(web.call("GET", "/metrics").text)


def whole_page(hub: Hub, service: str) -> Page | None:
    """The page of a service; none while something could not be measured in time, and so is missing."""
    measured = {f"kith_{service}_disk_free_bytes", "process_open_fds"}
    if service == "profile":
        measured |= {"kith_profile_consumer_lag_records", "kith_profile_log_records_total", "kith_profile_log_replicas"}
    found = page(hub, service)
    return found if measured <= found.samples.keys() else None


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory):
    """Every service's page, after everything that is measured has happened."""
    data = tmp_path_factory.mktemp("metrics") / "data"
    data.mkdir()
    (data / "contacts.csv").write_text("user_id,email\n7,bob@shop.example\n8,too,many\n")
    with Endpoint() as crm, Hub(data, CONFIG + "destinations:\n" + destination("crm", crm.url, INSIDE) + THANKS) as hub:
        hub.post("/v1/batch", {"batch": [{"type": "track", "event": "Order Completed", "userId": "ada", "messageId": "one"},
                                         {"type": "track", "event": "Order Completed", "userId": "ada", "messageId": "one"},
                                         {"type": "nonsense"}]})
        for number in range(30):
            hub.get(f"/v1/profiles/user:nobody-{number}")
            hub.post(f"/v1/nothing-{number}", {}, key=f"kw_{number}")
        # The last that comes of it; the delivery has been counted by then.
        eventually(lambda: "Message Sent" in {event.get("name") for event in hub.events("user:ada")}, 60, "the outcome of a delivery")
        eventually(lambda: "kith_connector_source_last_success_timestamp_seconds" in page(hub, "connector").samples
                   and page(hub, "connector").value("kith_connector_source_failing", source="broken"), 60, "sources that were read")
        hub.settled()
        yield {service: eventually(lambda: whole_page(hub, service), 60, f"all metrics of {service}") for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_names_are_of_one_scheme(pages: dict[str, Page], service: str):
    found = pages[service]
    for name, kind in found.kinds.items():
        if name not in PROCESS:
            assert re.fullmatch(rf"kith_{service}_[a-z]+(_[a-z]+)*", name), name
        assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
        assert kind != "histogram" or name.endswith(("_seconds", "_bytes")), f"{name} has no base unit"
        assert not re.search(r"_(ms|millis|milliseconds|micros|minutes|hours|kb|mb|count|sum|bucket)$", name), name
    assert set(found.kinds) == set(found.meanings), "each has a meaning, and nothing else"
    assert PROCESS < set(found.kinds)


@pytest.mark.parametrize("service", SERVICES)
def test_labels_are_few_and_chosen_by_no_client(pages: dict[str, Page], service: str):
    for name, samples in pages[service].samples.items():
        for label in {label for labels, _ in samples for label in labels}:
            assert label in LABELS, f"{name} has a label {label}"
            assert len({labels.get(label) for labels, _ in samples}) <= VALUES, f"{name} by {label}"
    assert "nobody-" not in pages[service].text and "nothing-" not in pages[service].text


@pytest.mark.parametrize("service", SERVICES)
def test_the_linter_of_prometheus_finds_nothing(pages: dict[str, Page], service: str):
    assert shutil.which("promtool"), "make test-setup installs it"
    done = subprocess.run(["promtool", "check", "metrics"], input=pages[service].text, text=True, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("service", SERVICES)
def test_every_metric_is_documented(pages: dict[str, Page], service: str):
    text = (REPOSITORY / "docs" / "operation.md").read_text()
    for name in pages[service].kinds:
        short = name.replace(f"kith_{service}_", "kith_…_")
        assert f"`{name}`" in text or f"`{short}`" in text, name


def test_they_say_what_happened(pages: dict[str, Page]):
    assert pages["ingest"].value("kith_ingest_events_accepted_total") == 2
    assert pages["ingest"].value("kith_ingest_events_rejected_total", reason="unknown_type") == 1
    assert pages["profile"].value("kith_profile_duplicates_total") >= 1
    assert pages["profile"].value("kith_profile_consumer_lag_records", consumer="notifier", topic="changes") == 0
    assert pages["profile"].value("kith_profile_log_records_total", topic="dead-letters") >= 1
    assert pages["profile"].value("kith_profile_log_replicas", topic="events") == 1
    assert pages["profile"].value("kith_profile_log_replicas_missing", topic="events") == 0
    assert pages["connector"].value("kith_connector_deliveries_total", destination="crm", outcome="delivered") == 1
    assert pages["connector"].value("kith_connector_records_total", source="contacts", result="accepted") == 1
    for service, found in pages.items():
        assert found.value(f"kith_{service}_ready") == 1
        assert 1 << 20 < found.value("process_resident_memory_bytes") < 4 << 30
        assert 0 < found.value(f"kith_{service}_disk_free_bytes") <= found.value(f"kith_{service}_disk_size_bytes")
        assert 3 < found.value("process_open_fds") < found.value("process_max_fds")
        assert 0 < found.value("process_cpu_seconds_total") < 600
        assert sum(value for _, value in found.samples[f"kith_{service}_http_request_seconds_count"]) > 0
        assert sum(value for _, value in found.samples[f"kith_{service}_log_append_seconds_count"]) > 0


def test_an_unread_record_ages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # On the log in files, where a consumer can be made by copying one.
    monkeypatch.delenv("KITH_TEST_LOG", raising=False)
    with Hub(tmp_path / "data") as hub:
        hub.post("/v1/track", {"userId": "ada", "event": "Seen", "messageId": "one"})
        hub.settled()
        log = hub.data / "log" / "events" / "consumers"
        # A consumer that has begun and never goes on.
        shutil.copy(log / "profile", log / "sleeper")
        hub.post("/v1/track", {"userId": "ada", "event": "Seen", "messageId": "two"})

        def measured(name: str) -> list[float]:
            """What is told of the sleeper; nothing where that could not be measured in time."""
            samples = page(hub, "profile").samples.get(f"kith_profile_consumer_{name}", [])
            return [value for labels, value in samples if labels["consumer"] == "sleeper"]

        [first] = eventually(lambda: any(found := measured("oldest_unread_seconds")) and found, 60, "an age")
        eventually(lambda: any(age > first + 0.5 for age in measured("oldest_unread_seconds")), 60, "a greater age")
        eventually(lambda: measured("lag_records") == [1], 60, "one record")
        (log / "sleeper").unlink()
        known = eventually(lambda: whole_page(hub, "profile"), 60, "all metrics").samples
        assert not [labels for labels, _ in known["kith_profile_consumer_lag_records"]
                    if labels["consumer"] == "sleeper"], "who is gone is not told of any more"


# What is made of them.

def test_the_alerts_are_tested():
    for command in (["check", "config", "prometheus.yml"], ["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run(["promtool", *command], cwd=DEPLOY, text=True, capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    tested = yaml.safe_load((DEPLOY / "alerts.test.yaml").read_text())["tests"]
    fired = {one["alertname"] for test in tested for one in test["alert_rule_test"] if one.get("exp_alerts")}
    assert fired == {rule["alert"] for rule in rules}, "each fires in a test"
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] in ("warning", "critical") for rule in rules)


def expressions() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    dashboard = json.loads((DEPLOY / "dashboard.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(panels) > 20
    return [rule["expr"] for rule in rules] + panels


def test_whatever_alerts_and_the_dashboard_ask_for_is_there(pages: dict[str, Page]):
    known = {name for found in pages.values() for name in found.samples} | FOREIGN
    for expression in expressions():
        patterns = re.findall(r'__name__=~"([^"]+)"', expression)
        for pattern in patterns:
            assert [name for name in known if re.fullmatch(pattern, name)], f"nothing is called {pattern}"
        plain = re.sub(r'"[^"]*"', "", expression)
        names = set(re.findall(r"\b(?:kith|process)_[a-z_]+\b", plain))
        assert names <= known, f"{names - known} in {expression}"
        assert names or patterns or "up" in plain


def test_prometheus_understands_the_dashboard(tmp_path: Path):
    rules = [{"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
             for number, expression in enumerate(expressions())]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yaml"], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr

"""The manifests for Kubernetes: what its API takes, what they promise, and that they name one another rightly."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from support.hub import REPOSITORY, SERVICES

FOLDER = REPOSITORY / "Services" / "deploy" / "kubernetes"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".yaml", ".template"))
#: The oldest that is still looked after, and the newest that is known.
VERSIONS = ["1.34", kubernetes_validate.latest_version()]


def documents(name: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all((FOLDER / name).read_text()) if document]


def everything() -> list[dict[str, Any]]:
    return [document for name in FILES for document in documents(name)]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [document for document in everything() if document["kind"] == kind]


@pytest.fixture
def pod() -> dict[str, Any]:
    [stateful] = of_kind("StatefulSet")
    return stateful["spec"]["template"]


@pytest.fixture
def containers(pod: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {container["name"]: container for container in pod["spec"]["containers"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", FILES)
def test_the_api_takes_it(name: str, version: str):
    assert documents(name)
    for document in documents(name):
        kubernetes_validate.validate(document, version, strict=True)


def test_the_check_refuses_what_is_wrong():
    [stateful] = of_kind("StatefulSet")
    stateful["spec"]["replicaz"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(stateful, VERSIONS[-1], strict=True)


def test_everything_is_in_one_namespace():
    [namespace] = of_kind("Namespace")
    rest = [document for document in everything() if document["kind"] != "Namespace"]
    assert {document["metadata"]["namespace"] for document in rest} == {namespace["metadata"]["name"]}
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_there_is_one_pod_of_four_containers_with_one_volume(containers: dict[str, dict[str, Any]]):
    [stateful] = of_kind("StatefulSet")
    assert set(containers) == set(SERVICES)
    # The built-in log is for processes of one kernel.
    assert stateful["spec"]["replicas"] == 1
    [claim] = stateful["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    for container in containers.values():
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert mounts["/data"] == claim["metadata"]["name"]


def test_containers_may_do_nothing_that_they_need_not(pod: dict[str, Any], containers: dict[str, dict[str, Any]]):
    security = pod["spec"]["securityContext"]
    assert security["runAsNonRoot"] and security["runAsUser"] == 10001 and security["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["spec"]["automountServiceAccountToken"] is False
    for name, container in containers.items():
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] and own["allowPrivilegeEscalation"] is False, name
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
        assert ":" in container["image"] and not container["image"].endswith(":latest")


def test_probes_ask_what_the_services_answer(pod: dict[str, Any], containers: dict[str, dict[str, Any]]):
    for name, container in containers.items():
        [port] = container["ports"]
        assert port["name"] == name
        assert {"name": "KITH_PORT", "value": str(port["containerPort"])} in container["env"]
        paths = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
        assert {probe: request["path"] for probe, request in paths.items()} == {
            "startupProbe": "/health", "readinessProbe": "/ready", "livenessProbe": "/health"}
        assert {request["port"] for request in paths.values()} == {name}
    drain = next(int(entry["value"]) for entry in containers["ingest"]["env"] if entry["name"] == "KITH_DRAIN_SECONDS")
    assert pod["spec"]["terminationGracePeriodSeconds"] >= drain + 10
    assert len({container["ports"][0]["containerPort"] for container in containers.values()}) == 4


def test_what_is_named_is_there(pod: dict[str, Any], containers: dict[str, dict[str, Any]]):
    [stateful] = of_kind("StatefulSet")
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]} | {"data"}
    for container in containers.values():
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    by_name = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    [config], [secret] = of_kind("ConfigMap"), of_kind("Secret")
    assert by_name["config"]["configMap"]["name"] == config["metadata"]["name"]
    assert by_name["keys"]["secret"]["secretName"] == secret["metadata"]["name"]
    files = {f"/keys/{name}" for name in secret["stringData"]} | {f"/config/{name}" for name in config["data"]}
    for container in containers.values():
        for entry in container["env"]:
            if entry["name"].endswith("_FILE") or entry["name"] in ("KITH_CONFIG", "KITH_IDENTITY"):
                assert entry["value"] in files, entry
    names = {service["metadata"]["name"] for service in of_kind("Service")}
    assert stateful["spec"]["serviceName"] in names
    for owner in [*of_kind("Service"), *of_kind("PodDisruptionBudget"), *of_kind("NetworkPolicy")]:
        selector = owner["spec"].get("selector", owner["spec"].get("podSelector"))
        labels = selector.get("matchLabels", selector)
        assert labels.items() <= pod["metadata"]["labels"].items()
    for service in of_kind("Service"):
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= set(SERVICES)
    for rule in of_kind("NetworkPolicy")[0]["spec"]["ingress"]:
        assert {port["port"] for port in rule.get("ports", [])} <= set(SERVICES)


def test_a_container_that_is_not_ready_takes_no_other_off_the_network(containers: dict[str, dict[str, Any]]):
    [stateful] = of_kind("StatefulSet")
    assert stateful["spec"]["replicas"] == 1 and len(containers) > 1
    for service in of_kind("Service"):
        assert service["spec"]["publishNotReadyAddresses"], service["metadata"]["name"]


def test_the_command_line_reaches_every_service(pod: dict[str, Any], containers: dict[str, dict[str, Any]]):
    [command] = of_kind("Pod")
    labels = command["metadata"]["labels"]
    assert not labels.items() >= {"app.kubernetes.io/name": "kith"}.items(), "it is none of the services"
    [policy] = of_kind("NetworkPolicy")
    [open_to] = [rule["ports"] for rule in policy["spec"]["ingress"]
                 if rule["from"][0].get("podSelector", {}).get("matchLabels") == labels]
    assert {port["port"] for port in open_to} == set(SERVICES)
    [container] = command["spec"]["containers"]
    variables = {entry["name"]: entry for entry in container["env"]}
    [secret] = of_kind("Secret")
    key = variables.pop("KITH_KEY")["valueFrom"]["secretKeyRef"]
    assert key["name"] == secret["metadata"]["name"] and key["key"] in secret["stringData"]
    for service in SERVICES:
        variable = "KITH_URL" if service == "profile" else f"KITH_{service.upper()}_URL"
        [port] = containers[service]["ports"]
        assert variables[variable]["value"] == f"http://kith:{port['containerPort']}"
    assert pod["spec"]["securityContext"].items() >= command["spec"]["securityContext"].items()
    assert container["securityContext"] == containers["profile"]["securityContext"]


def test_names_are_looked_up_and_the_machine_s_secrets_are_out_of_reach():
    [policy] = of_kind("NetworkPolicy")
    names, others = policy["spec"]["egress"]
    assert {"ipBlock": {"cidr": "169.254.20.10/32"}} in names["to"] and {port["port"] for port in names["ports"]} == {53}
    blocks = {target["ipBlock"]["cidr"]: target["ipBlock"]["except"] for target in others["to"]}
    assert blocks["0.0.0.0/0"] == ["169.254.0.0/16"] and {"fe80::/10", "fd00:ec2::254/128"} < set(blocks["::/0"])


def test_no_secret_has_a_value():
    for secret in of_kind("Secret"):
        assert set(secret["stringData"].values()) == {""}


def test_the_configuration_is_one_that_the_services_take(tmp_path: Path):
    from support import Hub
    [config] = of_kind("ConfigMap")
    data = tmp_path / "data"
    data.mkdir()
    for name, text in config["data"].items():
        (data / name).write_text(text)
    with Hub(data) as hub:
        assert all(hub.is_ready(service) for service in SERVICES)

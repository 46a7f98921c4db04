"""The manifests for Kubernetes: what its API takes, what they promise, and that they name one another rightly."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from support.hub import REPOSITORY, SERVICES

FOLDER = REPOSITORY / "Services" / "deploy" / "kubernetes"
#: What the manifests for a cluster have of those for one node.
SHARED = ("namespace.yaml", "configmap.yaml", "networkpolicy.yaml")
#: The oldest that is still looked after, and the newest that is known.
VERSIONS = ["1.34", kubernetes_validate.latest_version()]


class Manifests:
    """What is applied together, and the templates beside it."""

    def __init__(self, files: list[Path]):
        self.everything = [document for file in files for document in documents(file)]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [document for document in self.everything if document["kind"] == kind]

    @property
    def pods(self) -> list[dict[str, Any]]:
        return [stateful["spec"]["template"] for stateful in self.of_kind("StatefulSet")]

    @property
    def containers(self) -> dict[str, dict[str, Any]]:
        found = [container for pod in self.pods for container in pod["spec"]["containers"]]
        assert sorted(container["name"] for container in found) == sorted(SERVICES)
        return {container["name"]: container for container in found}

    def pod(self, service: str) -> dict[str, Any]:
        """The pod that a service is in."""
        [pod] = [pod for pod in self.pods if service in [container["name"] for container in pod["spec"]["containers"]]]
        return pod

    def rules(self, direction: str) -> list[dict[str, Any]]:
        return [rule for policy in self.of_kind("NetworkPolicy") for rule in policy["spec"][direction]]


def documents(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".template"))


ONE_NODE = Manifests(files(FOLDER))
CLUSTER = Manifests([*files(FOLDER / "cluster"), *(FOLDER / name for name in SHARED)])


@pytest.fixture(params=[ONE_NODE, CLUSTER], ids=["one-node", "cluster"])
def manifests(request: pytest.FixtureRequest) -> Manifests:
    return request.param


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", [*files(FOLDER), *files(FOLDER / "cluster")], ids=lambda file: str(file.relative_to(FOLDER)))
def test_the_api_takes_it(file: Path, version: str):
    assert documents(file)
    for document in documents(file):
        kubernetes_validate.validate(document, version, strict=True)


def test_the_check_refuses_what_is_wrong(manifests: Manifests):
    stateful = yaml.safe_load(yaml.safe_dump(manifests.of_kind("StatefulSet")[0]))
    stateful["spec"]["replicaz"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(stateful, VERSIONS[-1], strict=True)


def test_everything_is_in_one_namespace_and_has_a_name_of_its_own(manifests: Manifests):
    [namespace] = manifests.of_kind("Namespace")
    rest = [document for document in manifests.everything if document["kind"] != "Namespace"]
    assert {document["metadata"]["namespace"] for document in rest} == {namespace["metadata"]["name"]}
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    names = [(document["kind"], document["metadata"]["name"]) for document in rest]
    assert len(set(names)) == len(names)


def test_on_one_node_there_is_one_pod_of_four_containers_with_one_volume():
    [stateful] = ONE_NODE.of_kind("StatefulSet")
    # The built-in log is for processes of one kernel.
    assert stateful["spec"]["replicas"] == 1
    [claim] = stateful["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    for container in ONE_NODE.containers.values():
        assert mounts(container)["/data"]["name"] == claim["metadata"]["name"]


def test_in_a_cluster_there_are_two_of_each_on_nodes_of_their_own():
    for stateful in CLUSTER.of_kind("StatefulSet"):
        spec, pod = stateful["spec"], stateful["spec"]["template"]
        assert spec["replicas"] == 2 and spec["podManagementPolicy"] == "Parallel" and "volumeClaimTemplates" not in spec
        assert spec["selector"]["matchLabels"] == pod["metadata"]["labels"], "it takes no pod for its own that is another's"
        [spread] = pod["spec"]["topologySpreadConstraints"]
        assert spread["labelSelector"] == spec["selector"] and spread["topologyKey"] == "kubernetes.io/hostname"
        assert spread["whenUnsatisfiable"] == "DoNotSchedule" and (spread["maxSkew"], spread["minDomains"]) == (1, 2)
        [budget] = [one for one in CLUSTER.of_kind("PodDisruptionBudget") if one["spec"]["selector"] == spec["selector"]]
        assert budget["spec"]["maxUnavailable"] == 1
        [service] = [container["name"] for container in pod["spec"]["containers"]]
        variables = environment(pod["spec"]["containers"][0])
        assert variables["KITH_INSTANCE"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        # Whoever works together has a group; `ingest` needs nobody.
        assert variables.get("KITH_GROUP", {}).get("value") == (None if service == "ingest" else service)
        assert {"KITH_LOG_FILE", "KITH_SUPPRESSION_KEY_FILE"} <= variables.keys()
        assert ("KITH_STORE_FILE" in variables) == (service != "ingest")


def mounts(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {mount["mountPath"]: mount for mount in container["volumeMounts"]}


def environment(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in container["env"]}


def test_containers_may_do_nothing_that_they_need_not(manifests: Manifests):
    for pod in [*manifests.pods, *manifests.of_kind("Pod")]:
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] and security["runAsUser"] == security["fsGroup"] == 10001
        assert security["seccompProfile"]["type"] == "RuntimeDefault"
        assert pod["spec"]["automountServiceAccountToken"] is False
        for container in pod["spec"]["containers"]:
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] and own["allowPrivilegeEscalation"] is False, container["name"]
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
            assert ":" in container["image"] and not container["image"].endswith(":latest")


def test_what_is_written_to_is_no_part_of_the_image(manifests: Manifests):
    for container in manifests.containers.values():
        assert not any(mounts(container)[path].get("readOnly") for path in ("/data", "/tmp"))


def test_probes_ask_what_the_services_answer(manifests: Manifests):
    for name, container in manifests.containers.items():
        [port] = container["ports"]
        assert port["name"] == name
        assert environment(container)["KITH_PORT"]["value"] == str(port["containerPort"])
        paths = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
        assert {probe: request["path"] for probe, request in paths.items()} == {
            "startupProbe": "/health", "readinessProbe": "/ready", "livenessProbe": "/health"}
        assert {request["port"] for request in paths.values()} == {name}
        drain = int(environment(container)["KITH_DRAIN_SECONDS"]["value"])
        assert manifests.pod(name)["spec"]["terminationGracePeriodSeconds"] >= drain + 10
    for pod in manifests.pods:
        ports = [container["ports"][0]["containerPort"] for container in pod["spec"]["containers"]]
        assert len(set(ports)) == len(ports), "who is in one pod shares its ports"


def test_variables_are_those_that_the_programs_read(manifests: Manifests):
    readers = documented()
    for container in [*manifests.containers.values(), *manifests.of_kind("Pod")[0]["spec"]["containers"]]:
        for variable in environment(container):
            assert container["name"] in readers.get(variable, ()), f"{container['name']} does not read {variable}"


def test_the_documentation_has_the_variables_that_the_programs_read():
    sources = [path.read_text() for folder in ("Services", "Shared") for path in (REPOSITORY / folder).rglob("*.swift")]
    read = {name for text in sources for name in re.findall(r'"(KITH_[A-Z_]+)"', text)}
    # A tap's mark, which the processes of taps get; and one that is for tests.
    read -= {"KITH_TAP", "KITH_TEST_TRAP_ON"}
    assert read == {name for name in documented() if name.startswith("KITH_") and not name.endswith("_FILE")}


def documented() -> dict[str, set[str]]:
    """Who reads each variable, by the table of the documentation; also those that name a file in its place."""
    text = (REPOSITORY / "docs" / "operation.md").read_text().partition("## Environment variables")[2]
    readers: dict[str, set[str]] = {}
    for names, whose in re.findall(r"^\| (`[A-Z_]+`.*?) \|.*?\| (.*?) \|", text, re.M):
        programs = {*re.findall(r"`([a-z]+)", whose.partition("but")[0]), *(SERVICES if whose.startswith("all") else ())}
        programs -= set(re.findall(r"`(\w+)`", whose.partition("but")[2]))
        for name, star in re.findall(r"`([A-Z_]+)`( \*)?", names):
            for variable in (name, f"{name}_FILE") if star else (name,):
                readers.setdefault(variable, set()).update(programs)
    return readers


def test_what_is_named_is_there(manifests: Manifests):
    [config], [secret] = manifests.of_kind("ConfigMap"), manifests.of_kind("Secret")
    kept = {config["metadata"]["name"]: config["data"], secret["metadata"]["name"]: secret["stringData"]}
    claims = {claim["metadata"]["name"] for stateful in manifests.of_kind("StatefulSet")
              for claim in stateful["spec"].get("volumeClaimTemplates", [])}
    for pod in [*manifests.pods, *manifests.of_kind("Pod")]:
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes.keys() | claims
            files = {f"{path}/{name}" for path, mount in mounts(container).items() if mount["name"] in volumes
                     for name in contents(volumes[mount["name"]], kept)}
            for name, entry in environment(container).items():
                if name.endswith("_FILE") or name in ("KITH_CONFIG", "KITH_IDENTITY"):
                    assert entry["value"] in files, entry


def contents(volume: dict[str, Any], kept: dict[str, dict[str, str]]) -> set[str]:
    """The files of a volume that is made of a ConfigMap or a Secret."""
    if "emptyDir" in volume:
        return set()
    source = volume.get("configMap") or {**volume["secret"], "name": volume["secret"]["secretName"]}
    keys = kept[source["name"]].keys()
    assert {item["key"] for item in source.get("items", [])} <= keys
    return {item["path"] for item in source["items"]} if "items" in source else set(keys)


def test_services_and_rules_find_their_pods(manifests: Manifests):
    names = {service["metadata"]["name"] for service in manifests.of_kind("Service")}
    assert {stateful["spec"]["serviceName"] for stateful in manifests.of_kind("StatefulSet")} <= names
    for owner in [*manifests.of_kind("Service"), *manifests.of_kind("PodDisruptionBudget"), *manifests.of_kind("NetworkPolicy")]:
        selector = owner["spec"].get("selector", owner["spec"].get("podSelector"))
        labels = selector.get("matchLabels", selector)
        assert [pod for pod in manifests.pods if labels.items() <= pod["metadata"]["labels"].items()], owner["metadata"]
    for service in manifests.of_kind("Service"):
        for port in service["spec"]["ports"]:
            if "targetPort" in port:
                selected = manifests.pod(port["targetPort"])["metadata"]["labels"]
                assert service["spec"]["selector"].items() <= selected.items(), service["metadata"]["name"]
    for rule in manifests.rules("ingress"):
        assert {port["port"] for port in rule.get("ports", [])} <= set(SERVICES)


def test_a_container_that_is_not_ready_takes_no_other_off_the_network():
    for service in ONE_NODE.of_kind("Service"):
        assert service["spec"]["publishNotReadyAddresses"], service["metadata"]["name"]


def test_in_a_cluster_who_is_not_ready_gets_no_requests():
    services = {service["metadata"]["name"]: service["spec"] for service in CLUSTER.of_kind("Service")}
    for name in SERVICES:
        assert "publishNotReadyAddresses" not in services[name]
        selected = [pod for pod in CLUSTER.pods if services[name]["selector"].items() <= pod["metadata"]["labels"].items()]
        assert selected == [CLUSTER.pod(name)]
    # What is asked for metrics is asked by the names of the pods.
    assert services["kith"]["clusterIP"] == "None" and services["kith"]["publishNotReadyAddresses"]


def test_in_a_cluster_notifier_reaches_profile():
    [rule] = [rule for rule in CLUSTER.rules("ingress")
              if rule["from"] == [{"podSelector": {"matchLabels": CLUSTER.pod("notifier")["metadata"]["labels"]}}]]
    assert rule["ports"] == [{"port": "profile", "protocol": "TCP"}]
    [rule] = [rule for rule in CLUSTER.rules("egress")
              if rule["to"] == [{"podSelector": {"matchLabels": CLUSTER.pod("profile")["metadata"]["labels"]}}]]
    [port] = CLUSTER.containers["profile"]["ports"]
    assert rule["ports"] == [{"port": port["containerPort"], "protocol": "TCP"}]
    assert environment(CLUSTER.containers["notifier"])["KITH_PROFILE_URL"]["value"] == "http://profile"


def test_the_command_line_reaches_every_service(manifests: Manifests):
    [command] = manifests.of_kind("Pod")
    labels = command["metadata"]["labels"]
    assert not labels.items() >= {"app.kubernetes.io/name": "kith"}.items(), "it is none of the services"
    [open_to] = [rule["ports"] for rule in manifests.rules("ingress")
                 if rule["from"][0].get("podSelector", {}).get("matchLabels") == labels]
    assert {port["port"] for port in open_to} == set(SERVICES)
    [container] = command["spec"]["containers"]
    variables = environment(container)
    for service in SERVICES:
        name = "KITH_URL" if service == "profile" else f"KITH_{service.upper()}_URL"
        assert variables[name]["value"] in addresses(manifests, service), service
    assert manifests.pod("profile")["spec"]["securityContext"].items() >= command["spec"]["securityContext"].items()
    assert container["securityContext"] == manifests.containers["profile"]["securityContext"]


def addresses(manifests: Manifests, service: str) -> set[str]:
    """Where a service is, by the names of the Services."""
    found = {(one["metadata"]["name"], port["port"]) for one in manifests.of_kind("Service") for port in one["spec"]["ports"]
             if port.get("targetPort") == service}
    return {f"http://{name}" if port == 80 else f"http://{name}:{port}" for name, port in found}


def test_names_are_looked_up_and_the_machine_s_secrets_are_out_of_reach(manifests: Manifests):
    names, others = manifests.rules("egress")[-2:]
    assert {"ipBlock": {"cidr": "169.254.20.10/32"}} in names["to"] and {port["port"] for port in names["ports"]} == {53}
    blocks = {target["ipBlock"]["cidr"]: target["ipBlock"]["except"] for target in others["to"]}
    assert blocks["0.0.0.0/0"] == ["169.254.0.0/16"] and {"fe80::/10", "fd00:ec2::254/128"} < set(blocks["::/0"])
    assert [rule for rule in manifests.rules("egress") if any("ipBlock" in target for target in rule["to"])] == [names, others]


def test_no_secret_has_a_value(manifests: Manifests):
    for secret in manifests.of_kind("Secret"):
        assert set(secret["stringData"].values()) == {""}


def test_the_configuration_is_one_that_the_services_take(tmp_path: Path):
    from support import Hub
    [config] = ONE_NODE.of_kind("ConfigMap")
    data = tmp_path / "data"
    data.mkdir()
    for name, text in config["data"].items():
        (data / name).write_text(text)
    with Hub(data) as hub:
        assert all(hub.is_ready(service) for service in SERVICES)

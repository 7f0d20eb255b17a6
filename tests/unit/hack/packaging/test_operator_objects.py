from __future__ import annotations

from typing import Any

from hack.packaging import operator_objects
from hack.packaging.operator_objects import NAME, SELECTOR, deployment, manifest, objects
from rhoai_operator.settings import Settings


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = deployment()["spec"]["template"]["spec"]
    return spec


def container() -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = pod()["containers"]
    return only


def test_what_not_every_cluster_serves_is_apart() -> None:
    kinds = [item["kind"] for item in objects()]

    assert kinds[0] == "Namespace"
    assert "ServiceMonitor" not in kinds
    assert operator_objects.monitoring()[-1]["kind"] == "ServiceMonitor"


def test_an_object_is_the_callers_to_change() -> None:
    manifest("Service", "rhoai-operator-webhook")["spec"]["ports"].clear()

    assert manifest("Service", "rhoai-operator-webhook")["spec"]["ports"]


def test_everything_says_what_it_is_and_of_which_version() -> None:
    for item in [*objects(), *operator_objects.monitoring()]:
        assert operator_objects.labels().items() <= item["metadata"]["labels"].items()


def test_everything_that_selects_pods_selects_the_operators() -> None:
    spec = deployment()["spec"]

    assert spec["selector"]["matchLabels"] == SELECTOR
    assert spec["template"]["metadata"]["labels"] == SELECTOR
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == SELECTOR
    assert manifest("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == SELECTOR
    for name in (operator_objects.METRICS_SERVICE, operator_objects.WEBHOOK_SERVICE):
        assert manifest("Service", name)["spec"]["selector"] == SELECTOR


def test_the_service_monitor_finds_the_metrics_service() -> None:
    wanted = manifest("ServiceMonitor")["spec"]["selector"]["matchLabels"]
    services = [item for item in objects() if item["kind"] == "Service"]

    found = [s for s in services if wanted.items() <= s["metadata"]["labels"].items()]

    assert [s["metadata"]["name"] for s in found] == [operator_objects.METRICS_SERVICE]


def test_named_ports_are_the_containers() -> None:
    named = {port["name"] for port in container()["ports"]}
    services = [item for item in objects() if item["kind"] == "Service"]
    rules = manifest("NetworkPolicy")["spec"]["ingress"]
    probes = [container()[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness")]

    assert {port["targetPort"] for s in services for port in s["spec"]["ports"]} <= named
    assert {port["port"] for rule in rules for port in rule["ports"]} <= named
    assert {probe["port"] for probe in probes} == {"health"}


def test_the_pod_fits_pod_securitys_restricted_and_any_user() -> None:
    assert pod()["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {next(k for k in v if k != "name") for v in pod()["volumes"]} <= {"emptyDir", "secret"}


def test_there_is_time_to_end_and_a_place_for_temporary_files() -> None:
    assert pod()["terminationGracePeriodSeconds"] >= 3 * 10
    assert "/tmp" in {mount["mountPath"] for mount in container()["volumeMounts"]}  # noqa: S108


def test_what_is_added_comes_to_what_there_is() -> None:
    made = deployment(of="example.com/it@sha256:0", args=["--no-create-dsci"], env={"A": "b"})
    changed = made["spec"]["template"]["spec"]["containers"][0]

    assert changed["image"] == "example.com/it@sha256:0"
    assert changed["args"] == [*container()["args"], "--no-create-dsci"]
    assert changed["env"] == [*container()["env"], {"name": "A", "value": "b"}]
    assert manifest("Deployment")["metadata"]["name"] == NAME


def test_every_argument_is_a_setting() -> None:
    flags = [argument.partition("=")[0] for argument in container()["args"]]

    assert {flag[2:].replace("-", "_") for flag in flags} <= Settings.model_fields.keys()

"""The whole line: a DataScienceCluster with ray, as its users live through it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.running import Operator, View
from tests.wait import until

pytestmark = pytest.mark.needs("controllers")

Start: TypeAlias = Callable[..., Operator]
NAMESPACE = "redhat-ods-applications"
IMAGE = "RELATED_IMAGE_ODH_KUBERAY_OPERATOR_CONTROLLER_IMAGE"
GO_FINALIZER = "datasciencecluster.opendatahub.io/finalizer"
READY = "True/AllReady"


async def is_ready(view: View, name: str = "default-dsc") -> None:
    await until(lambda: view.reason("Ready", name) == READY, 30, f"{name} is Ready")


async def test_install_ends_ready_and_says_so_everywhere(view: View, start: Start) -> None:
    operator = start()
    view.dsc(ray="Managed")

    await is_ready(view)

    live = view.get("dsc", "default-dsc")
    status, metadata = live["status"], live["metadata"]
    assert status["phase"] == "Ready"
    assert status["observedGeneration"] == metadata["generation"]
    assert status["installedComponents"]["ray"] is True
    assert status["release"]["name"] == "OpenShift AI Self-Managed"
    assert not [key for key in metadata.get("annotations", {}) if "kopf" in key]
    assert metadata["finalizers"] == ["rhoai-operator.opendatahub.io/finalizer"]
    deployment = view.get("deployment", "kuberay-operator", NAMESPACE)
    (owner,) = deployment["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"]) == (metadata["uid"], True)
    assert deployment["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "rhoai-operator"
    metrics = operator.get("/metrics")
    assert 'rhoai_operator_component_ready{component="ray"} 1.0' in metrics
    assert 'controller_runtime_reconcile_total{controller="datasciencecluster"' in metrics
    events = view.all_of("events", "-n", "default")
    ours = {e["reason"] for e in events if e["involvedObject"].get("uid") == metadata["uid"]}
    assert {"Created", "Ready"} <= ours
    applied = [line for line in operator.lines() if line.get("component") == "ray"]
    assert any(line["generation"] == metadata["generation"] for line in applied)
    assert all("duration" in line for line in applied)


async def test_the_operator_makes_the_namespaces_with_their_labels(
    view: View, start: Start
) -> None:
    start()

    await until(lambda: view.reason("Ready", "default-dsci", "dsci") == READY, 30, "DSCI Ready")

    labels = view.get("namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["opendatahub.io/generated-namespace"] == "true"
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["openshift.io/cluster-monitoring"] == "true"
    spec = view.get("dsci", "default-dsci")["spec"]
    assert spec["applicationsNamespace"] == NAMESPACE
    assert "serviceMesh" not in spec


async def test_a_namespace_of_somebody_elses_is_taken_in_with_its_labels(
    view: View, start: Start
) -> None:
    name = "their-apps"
    view.cluster.kubectl("create", "namespace", name)
    view.cluster.kubectl("label", "namespace", name, "team=theirs")
    start(RHOAI_CREATE_DSCI="false")
    view.apply("DSCInitialization", "mine", {"applicationsNamespace": name})
    await until(lambda: view.reason("Ready", "mine", "dsci") == READY, 20, "DSCI Ready")

    labels = view.get("namespace", name)["metadata"]["labels"]
    assert labels["team"] == "theirs"
    assert labels["opendatahub.io/generated-namespace"] == "true"
    view.cluster.kubectl("delete", "dsci", "mine", "--timeout=20s")
    assert view.get("namespace", name)["metadata"]["labels"]["team"] == "theirs"


@pytest.mark.parametrize("order", [("dsci", "dsc"), ("dsc", "dsci")], ids="-then-".join)
async def test_both_can_be_deleted_in_either_order(
    view: View, start: Start, order: tuple[str, ...]
) -> None:
    start()
    view.dsc(ray="Managed")
    await is_ready(view)

    view.cluster.kubectl("delete", order[0], f"default-{order[0]}", "--timeout=20s")
    view.cluster.kubectl("delete", order[1], f"default-{order[1]}", "--timeout=20s")

    assert view.owned("ray") == []
    assert view.get("namespace", NAMESPACE)


async def test_without_an_initialization_it_waits_and_goes_on_by_itself(
    view: View, start: Start
) -> None:
    start(RHOAI_CREATE_DSCI="false")
    view.dsc(ray="Managed")
    missing = "False/DSCInitializationMissing"
    await until(lambda: view.reason("RayReady") == missing, 20, "RayReady says what is missing")

    view.apply("DSCInitialization", "mine", {"applicationsNamespace": "my-apps"})

    await is_ready(view)
    assert view.get("deployment", "kuberay-operator", "my-apps")


@pytest.mark.parametrize(
    ("states", "there"),
    [
        pytest.param(("Managed", "Removed", "Managed"), True, id="ends-managed"),
        pytest.param(("Removed", "Managed", "Removed"), False, id="ends-removed"),
    ],
)
async def test_edits_while_reconciling_end_at_the_last(
    view: View, start: Start, states: tuple[str, ...], there: bool
) -> None:
    start()
    for state in states:  # without a pause: three edits within some 200 ms
        view.dsc(ray=state)

    wanted = READY if there else "True/NothingManaged"
    await until(lambda: view.reason("Ready") == wanted, 30, f"Ready is {wanted}")
    await until(lambda: bool(view.owned("ray")) is there, 10, f"ray is there: {there}")


async def test_removed_leaves_nothing_but_definitions_and_namespaces(
    view: View, start: Start
) -> None:
    start()
    view.dsc(ray="Managed")
    await is_ready(view)

    view.dsc(ray="Removed")

    await until(lambda: view.reason("RayReady") == "False/Removed", 20, "ray is Removed")
    assert view.owned("ray") == []
    assert view.reason("Ready") == "True/NothingManaged"
    assert view.get("crd", "rayclusters.ray.io")
    assert view.get("namespace", NAMESPACE)
    assert not view.get("configmap", "rhoai-inventory-ray", "redhat-ods-operator")


async def test_a_stuck_removal_says_what_holds_it(view: View, start: Start) -> None:
    start()
    view.dsc(ray="Managed")
    await is_ready(view)
    account = ("serviceaccount", "kuberay-operator", "-n", NAMESPACE, "--type=merge", "-p")
    hold = {"metadata": {"finalizers": ["example.com/hold"]}}
    view.cluster.kubectl("patch", *account, json.dumps(hold))

    view.cluster.kubectl("delete", "dsc", "default-dsc", "--wait=false")

    await until(lambda: view.reason("RayReady") == "False/Removing", 20, "ray is Removing")
    message = view.conditions()["RayReady"]["message"]
    assert f"ServiceAccount {NAMESPACE}/kuberay-operator" in message
    assert "example.com/hold" in message
    assert view.get("dsc", "default-dsc")
    view.cluster.kubectl("patch", *account, '{"metadata":{"finalizers":null}}')
    await until(lambda: not view.get("dsc", "default-dsc"), 30, "the DSC is gone")
    assert view.owned("ray") == []


async def test_deleting_the_dsc_removes_everything_before_it_goes(view: View, start: Start) -> None:
    start()
    view.dsc(ray="Managed")
    await is_ready(view)

    view.cluster.kubectl("delete", "dsc", "default-dsc", "--timeout=30s")

    assert view.owned("ray") == []
    assert view.get("crd", "rayclusters.ray.io")


@pytest.mark.needs("audit-log")
async def test_a_restart_writes_nothing(view: View, start: Start) -> None:
    first = start()
    view.dsc(ray="Managed")
    await is_ready(view)
    assert first.stop() < 3.0
    before, mark = view.versions(), view.cluster.audit_mark()

    second = start()
    ready = 'rhoai_operator_component_ready{component="ray"} 1.0'
    await until(lambda: ready in second.get("/metrics"), 20, "it knows that ray is ready")

    assert view.versions() == before
    events = [e for e in view.cluster.audit(mark) if e["userAgent"] == "rhoai-operator"]
    writes = [e for e in events if e["verb"] in {"create", "update", "delete"}]
    assert [e["requestURI"] for e in writes if e["responseStatus"]["code"] < 400] == []
    patched = {e["requestURI"].partition("?")[0] for e in events if e["verb"] == "patch"}
    assert patched, "server-side applies that change nothing"
    assert not [uri for uri in patched if uri.endswith("/status") or "rhoai-inventory" in uri]


@pytest.mark.needs("failing-tags")
async def test_a_bad_image_is_named_with_its_cause_and_the_next_step(
    view: View, start: Start
) -> None:
    image = "registry.example.com/ray:unpullable"
    start(**{IMAGE: image})
    view.dsc(ray="Managed")

    stuck = "False/ImagePullBackOff"
    await until(lambda: view.reason("RayReady") == stuck, 30, "RayReady names the cause")

    conditions = view.conditions()
    message = conditions["RayReady"]["message"]
    named = (
        f"Deployment {NAMESPACE}/kuberay-operator 0/1 available",
        "pod kuberay-operator-",
        "container kuberay-operator",
        f"ImagePullBackOff on image {image}",
        "pull secret",
    )
    for part in named:
        assert part in message
    assert conditions["Ready"]["status"] == "False"
    assert conditions["Degraded"]["status"] == conditions["Stalled"]["status"] == "True"
    assert view.get("dsc", "default-dsc")["status"]["phase"] == "Error"


async def test_one_that_is_not_available_breaks_no_other(view: View, start: Start) -> None:
    start()
    view.dsc(ray="Managed", llamastackoperator="Managed", kserve="Unmanaged")

    await until(lambda: view.reason("RayReady") == "True/Ready", 30, "ray is Ready")

    assert view.reason("LlamaStackOperatorReady") == "False/NotAvailable"
    assert view.reason("KserveReady") == "Unknown/Unmanaged"
    assert view.reason("Ready") == "False/NotAvailable"


async def test_the_oldest_dsc_rules_then_the_next(view: View, start: Start) -> None:
    start()
    view.dsc("first", ray="Managed")
    await is_ready(view, "first")
    view.dsc("second", ray="Removed")
    duplicate = "False/DuplicateDataScienceCluster"
    await until(lambda: view.reason("Ready", "second") == duplicate, 20, "second is a duplicate")
    assert "first" in view.conditions("second")["Ready"]["message"]
    before = view.get("deployment", "kuberay-operator", NAMESPACE)["metadata"]

    view.cluster.kubectl("delete", "dsc", "second", "--timeout=20s")
    after = view.get("deployment", "kuberay-operator", NAMESPACE)["metadata"]
    assert (after["uid"], after["generation"]) == (before["uid"], before["generation"])

    view.dsc("third", ray="Removed")
    view.cluster.kubectl("delete", "dsc", "first", "--timeout=30s")
    rules = "True/NothingManaged"
    await until(lambda: view.reason("Ready", "third") == rules, 20, "third rules")
    assert view.owned("ray") == []


async def test_the_oldest_dsci_rules(view: View, start: Start) -> None:
    start(RHOAI_CREATE_DSCI="false")
    view.apply("DSCInitialization", "first", {"applicationsNamespace": NAMESPACE})
    await until(lambda: view.reason("Ready", "first", "dsci") == READY, 20, "first is Ready")

    view.apply("DSCInitialization", "second", {"applicationsNamespace": "elsewhere"})

    duplicate = "False/DuplicateDSCInitialization"
    await until(lambda: view.reason("Ready", "second", "dsci") == duplicate, 20, "a duplicate")
    assert "first" in view.conditions("second", "dsci")["Ready"]["message"]
    assert not view.get("namespace", "elsewhere")


async def test_the_go_operators_finalizer_is_replaced(view: View, start: Start) -> None:
    view.dsc(ray="Removed")
    legacy = json.dumps({"metadata": {"finalizers": [GO_FINALIZER]}})
    view.cluster.kubectl("patch", "dsc", "default-dsc", "--type=merge", "-p", legacy)
    start()

    def finalizers() -> list[str]:
        found: list[str] = view.get("dsc", "default-dsc")["metadata"].get("finalizers", [])
        return found

    ours = ["rhoai-operator.opendatahub.io/finalizer"]
    await until(lambda: finalizers() == ours, 20, "our finalizer stands in its place")
    view.cluster.kubectl("delete", "dsc", "default-dsc", "--timeout=20s")


async def test_one_deleted_under_the_go_operators_finalizer_does_not_hang(
    view: View, start: Start
) -> None:
    view.dsc(ray="Removed")
    legacy = json.dumps({"metadata": {"finalizers": [GO_FINALIZER]}})
    view.cluster.kubectl("patch", "dsc", "default-dsc", "--type=merge", "-p", legacy)
    view.cluster.kubectl("delete", "dsc", "default-dsc", "--wait=false")

    start()

    await until(lambda: not view.get("dsc", "default-dsc"), 20, "it is gone")


@pytest.mark.needs("process-control")
async def test_it_outlives_an_api_server_that_goes_away(view: View, start: Start) -> None:
    operator = start()
    view.dsc(ray="Managed")
    await is_ready(view)

    view.cluster.kill("kube-apiserver")
    view.cluster.start("kube-apiserver")
    view.dsc(ray="Removed")

    await until(lambda: view.reason("RayReady") == "False/Removed", 60, "ray is Removed")
    assert operator.get("/healthz") == "ok\n"

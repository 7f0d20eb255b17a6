"""What a real API server makes of our CRDs: accepted, refused with the field's name, defaulted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from rhoai_operator.catalog.context import with_defaults
from tests import corpus
from tests.cluster import ControlPlane

CRDS = sorted((Path(__file__).parents[2] / "crds").glob("*.yaml"))
DRY = "--dry-run=server"

STORED_BY_THE_GO_OPERATOR: dict[str, Any] = {
    "phase": "Not Ready",
    "conditions": [
        {
            "type": "data-science-pipelines-operatorReady",
            "status": "False",
            "reason": "ReconcileFailed",
            "message": "Component reconciliation failed: no such host",
            "lastHeartbeatTime": "2024-11-05T08:00:00Z",
            "lastTransitionTime": "2024-11-05T08:00:00Z",
        },
        {"type": "ProvisioningSucceeded", "status": "Unknown", "severity": "Info"},
    ],
    "installedComponents": {"model-mesh": True},
    "components": {
        "ray": {"managementState": "Managed", "releases": [{"name": "KubeRay", "version": "1.2.2"}]}
    },
    "release": {"name": "OpenShift AI Self-Managed", "version": "2.22.0"},
    "relatedObjects": [{"apiVersion": "v1", "kind": "Namespace", "name": "redhat-ods-monitoring"}],
}


@pytest.fixture(scope="module")
def api(control_plane: ControlPlane) -> ControlPlane:
    """The control plane, with our CRDs and nothing that acts on them."""
    for path in CRDS:
        control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(path))
        control_plane.kubectl(
            "wait", "--for=condition=Established", "--timeout=30s", "-f", str(path)
        )
    return control_plane


def strictly(
    api: ControlPlane, verb: str, body: Any, *more: str, check: bool = True
) -> CompletedProcess[str]:
    command = (verb, "--validate=strict", *more, "-f", "-")
    return api.kubectl(*command, stdin=json.dumps(body), check=check)


def named_apart(body: Any) -> Any:
    return body | {"metadata": body["metadata"] | {"name": f"corpus-{uuid.uuid4().hex[:8]}"}}


@contextmanager
def stored(api: ControlPlane, body: Any) -> Iterator[str]:
    """Create an object for as long as it lasts; give what kubectl calls it."""
    name = strictly(api, "create", body, "--output=name").stdout.strip()
    try:
        yield name
    finally:
        api.kubectl("patch", name, "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
        api.kubectl("delete", name, "--wait=false")


def spec_schema(kind: str) -> Any:
    (crd,) = (c for c in map(corpus.document, CRDS) if c["spec"]["names"]["kind"] == kind)
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


@pytest.mark.parametrize("path", corpus.VALID, ids=lambda path: path.stem)
def test_valid_is_accepted_and_defaulted_as_we_do_it(api: ControlPlane, path: Path) -> None:
    given = corpus.document(path)

    answer = strictly(api, "create", named_apart(given), DRY, "--output=json")

    ours = with_defaults(spec_schema(given["kind"]), given.get("spec", {}))
    assert json.loads(answer.stdout)["spec"] == ours


@pytest.mark.parametrize("path", corpus.INVALID, ids=lambda path: path.stem)
def test_invalid_is_refused_with_the_field_in_the_message(api: ControlPlane, path: Path) -> None:
    case = corpus.refusal(path)
    if not case.accepted:
        refused = strictly(api, "create", case.refused, DRY, check=False)
    else:
        (before,) = case.accepted
        with stored(api, before):
            refused = strictly(api, "replace", case.refused, DRY, check=False)

    assert refused.returncode
    assert case.because in refused.stderr


def test_defaults_reach_the_leaves_of_a_component_that_is_only_switched_on(
    api: ControlPlane,
) -> None:
    body = corpus.document(Path(corpus.__file__).parent / "valid/dsc-all-managed.yaml")

    answer = strictly(api, "create", named_apart(body), DRY, "--output=json")

    kserve = json.loads(answer.stdout)["spec"]["components"]["kserve"]
    assert kserve["serving"] == {
        "name": "knative-serving",
        "ingressGateway": {"certificate": {"type": "OpenshiftDefaultIngress"}},
    }
    assert kserve["nim"] == {"managementState": "Managed"}


ALLOWED_CHANGES = {
    "namespace-set-later": (
        "DSCInitialization",
        {"monitoring": {"managementState": "Managed"}},
        {"applicationsNamespace": "opendatahub"},
    ),
    "monitoring-namespace-moves": (
        "DSCInitialization",
        {"monitoring": {"namespace": "one"}},
        {"monitoring": {"namespace": "two"}},
    ),
    "registries-namespace-set-later": (
        "DataScienceCluster",
        {"components": {"modelregistry": {"managementState": "Managed"}}},
        {
            "components": {
                "modelregistry": {"managementState": "Managed", "registriesNamespace": "r"}
            }
        },
    ),
    "registries-namespace-moves-while-removed": (
        "DataScienceCluster",
        {
            "components": {
                "modelregistry": {"managementState": "Managed", "registriesNamespace": "r"}
            }
        },
        {
            "components": {
                "modelregistry": {"managementState": "Removed", "registriesNamespace": "s"}
            }
        },
    ),
    "workbench-namespace-set-later": (
        "DataScienceCluster",
        {"components": {"workbenches": {"managementState": "Managed"}}},
        {"components": {"workbenches": {"managementState": "Managed", "workbenchNamespace": "w"}}},
    ),
}


@pytest.mark.parametrize(("kind", "before", "after"), ALLOWED_CHANGES.values(), ids=ALLOWED_CHANGES)
def test_allowed_changes(api: ControlPlane, kind: str, before: Any, after: Any) -> None:
    body = named_apart(
        {"apiVersion": f"{kind.lower()}.opendatahub.io/v1", "kind": kind, "metadata": {}}
    )
    with stored(api, body | {"spec": before}):
        strictly(api, "replace", body | {"spec": after}, DRY)


@pytest.mark.parametrize("name", ["dsc-minimal", "dsci-minimal"])
def test_the_go_operators_status_does_not_stand_in_the_way(api: ControlPlane, name: str) -> None:
    body = named_apart(corpus.document(Path(corpus.__file__).parent / f"valid/{name}.yaml"))
    status = json.dumps({"status": STORED_BY_THE_GO_OPERATOR})
    with stored(api, body) as it:
        api.kubectl("patch", it, "--subresource=status", "--type=merge", "-p", status)

        api.kubectl("annotate", it, "seen=yes")

        kept = json.loads(api.kubectl("get", it, "--output=json").stdout)["status"]
    assert [c["type"] for c in kept["conditions"]] == [
        c["type"] for c in STORED_BY_THE_GO_OPERATOR["conditions"]
    ]
    assert kept["phase"] == "Not Ready"


@pytest.mark.parametrize("name", ["dsc-minimal", "dsci-minimal"])
def test_columns_are_ready_reason_message_age(api: ControlPlane, name: str) -> None:
    body = named_apart(corpus.document(Path(corpus.__file__).parent / f"valid/{name}.yaml"))
    ready = {"type": "Ready", "status": "False", "reason": "PodsFailing", "message": "Crash"}
    status = json.dumps({"status": {"conditions": [ready]}})
    with stored(api, body) as it:
        api.kubectl("patch", it, "--subresource=status", "--type=merge", "-p", status)
        short = name.partition("-")[0]
        header, row = api.kubectl("get", short, body["metadata"]["name"]).stdout.splitlines()
    assert header.split() == ["NAME", "READY", "REASON", "MESSAGE", "AGE"]
    assert row.split()[1:4] == ["False", "PodsFailing", "Crash"]

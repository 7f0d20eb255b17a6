from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from rhoai_operator.api.dscinitialization import DSCInitializationSpec, parse
from rhoai_operator.core.plan import ManagementState
from tests import corpus
from tests.unit.api.bodies import JSON, OBJECTS, bodies, quickly

_NOT_A_NAME = (
    "cannot be used: a namespace's name has lower-case letters, digits and '-' in it, 63 at most,"
    " and no '-' at either end; choose another"
)


def spec_of(**spec: Any) -> DSCInitializationSpec:
    dsci = parse({"spec": spec})
    assert not dsci.problem
    return dsci.spec


@quickly
@given(bodies(JSON | OBJECTS))
def test_nothing_raises(body: dict[str, Any]) -> None:
    parse(body)


@pytest.mark.parametrize(
    "path", [p for p in corpus.VALID if p.stem.startswith("dsci-")], ids=lambda path: path.stem
)
def test_valid_documents_are_understood(path: Any) -> None:
    body = corpus.document(path)
    dsci = parse(body)
    assert not dsci.problem
    wanted = body.get("spec", {}).get("applicationsNamespace")
    assert dsci.spec.applications_namespace == wanted


def test_nothing_depends_on_the_platform() -> None:
    assert spec_of() == DSCInitializationSpec()
    assert spec_of().applications_namespace is None
    assert spec_of(monitoring={}).monitoring.namespace is None  # type: ignore[union-attr]


def test_the_empty_namespace_is_none() -> None:
    spec = spec_of(applicationsNamespace="", monitoring={"namespace": ""})
    assert spec.applications_namespace is None
    assert spec.monitoring
    assert spec.monitoring.namespace is None
    assert spec.monitoring.state is ManagementState.REMOVED


def test_monitoring() -> None:
    monitoring = spec_of(
        monitoring={
            "managementState": "Managed",
            "namespace": "ns",
            "alerting": {},
            "collectorReplicas": 2,
            "metrics": {"storage": {"size": 5}, "exporters": {"otlp": "x"}},
            "traces": {"storage": {}, "exporters": {"otlp": {"tls": None}}},
        }
    ).monitoring
    assert monitoring
    assert monitoring.state is ManagementState.MANAGED
    assert monitoring.alerting is not None
    assert monitoring.collector_replicas == 2
    assert monitoring.metrics
    assert monitoring.metrics.storage
    assert (monitoring.metrics.storage.size, monitoring.metrics.storage.retention) == (5, "90d")
    assert monitoring.metrics.resources is None
    assert monitoring.traces
    assert monitoring.traces.storage.backend == "pv"
    assert monitoring.traces.exporters == {"otlp": {"tls": None}}


def test_mesh_and_certificates() -> None:
    spec = spec_of(
        serviceMesh={"managementState": "Unmanaged", "auth": {"audiences": ["a"]}},
        trustedCABundle={"managementState": "Managed", "customCABundle": "pem"},
    )
    assert spec.service_mesh
    assert spec.service_mesh.management_state is ManagementState.UNMANAGED
    assert spec.service_mesh.control_plane.name == "data-science-smcp"
    assert spec.service_mesh.auth.audiences == ("a",)
    assert spec.trusted_ca_bundle
    assert spec.trusted_ca_bundle.management_state is ManagementState.MANAGED
    assert spec.trusted_ca_bundle.custom_ca_bundle == "pem"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"applicationsNamespace": "My_NS"}, f"spec.applicationsNamespace: 'My_NS' {_NOT_A_NAME}"),
        (
            {"monitoring": {"managementState": "Managed", "namespace": "-x"}},
            f"spec.monitoring.namespace: '-x' {_NOT_A_NAME}",
        ),
        (
            {"monitoring": {"traces": {}}},
            "spec.monitoring.traces.storage: is missing; add it",
        ),
        (
            {"monitoring": {"managementState": "Unmanaged"}},
            "spec.monitoring.managementState: 'Unmanaged' is not one of Managed, Removed;"
            " set one of them",
        ),
        (
            {"devFlags": {"logmode": 1}},
            "spec.devFlags.logmode: 1 is not one of devel, development, prod, production, default;"
            " set one of them",
        ),
    ],
)
def test_a_problem_names_field_value_and_remedy(spec: dict[str, Any], problem: str) -> None:
    assert parse({"spec": spec}).problem == problem


def test_a_namespace_that_is_not_used_need_not_be_one() -> None:
    assert spec_of(monitoring={"managementState": "Removed", "namespace": "My_NS"})


def test_what_has_no_problem_is_kept() -> None:
    dsci = parse({"spec": {"applicationsNamespace": "ns", "devFlags": "x", "serviceMesh": 3}})
    assert dsci.spec == DSCInitializationSpec(applications_namespace="ns")
    assert "spec.devFlags: 'x'" in dsci.problem
    assert "spec.serviceMesh: 3" in dsci.problem


def test_a_spec_that_is_none() -> None:
    assert parse({"spec": 7}).problem == (
        "spec: 7 is not an object; make it one or remove the field"
    )

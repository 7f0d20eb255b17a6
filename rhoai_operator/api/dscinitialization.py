"""DSCInitialization: what the platform's components stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from rhoai_operator.api import model
from rhoai_operator.api.metadata import Metadata
from rhoai_operator.api.model import ApiModel, OptionalName, check_namespace, rules
from rhoai_operator.api.monitoring import Monitoring
from rhoai_operator.api.placement import Placement
from rhoai_operator.api.problems import explain, object_at
from rhoai_operator.core.plan import ManagementState

GROUP = f"dscinitialization.{model.GROUP_SUFFIX}"
VERSION = model.VERSION
KIND = "DSCInitialization"
PLURAL = "dscinitializations"
SHORT_NAME = "dsci"

_SET_ONCE = rules(
    (
        "!has(oldSelf.applicationsNamespace) || oldSelf.applicationsNamespace == ''"
        " || (has(self.applicationsNamespace)"
        " && self.applicationsNamespace == oldSelf.applicationsNamespace)",
        "applicationsNamespace is immutable once set: everything is installed there",
    )
)


class ControlPlane(ApiModel):
    """The service mesh's control plane."""

    name: str = "data-science-smcp"
    """Name of the ServiceMeshControlPlane."""
    namespace: str = "istio-system"
    """Namespace it is in."""
    metrics_collection: Literal["Istio", "None"] = "Istio"
    """Whether metrics of the mesh are collected: Istio or None."""


class Auth(ApiModel):
    """Who may call what is served through the mesh."""

    namespace: OptionalName = None
    """Namespace of the authorization provider; if absent, the applications namespace's name
    with -auth-provider behind it."""
    audiences: tuple[str, ...] = ("https://kubernetes.default.svc",)
    """Audiences that a caller's token may be meant for."""


class ServiceMesh(ApiModel):
    """The service mesh that serverless model serving needs."""

    management_state: ManagementState = ManagementState.REMOVED
    """Managed: the operator sets it up. Unmanaged: the operator uses the one that is there.
    Removed: there is none."""
    control_plane: ControlPlane = ControlPlane()
    """The mesh's control plane."""
    auth: Auth = Auth()
    """Who may call what is served through the mesh."""


class TrustedCABundle(ApiModel):
    """Certificate authorities that everything on the platform trusts."""

    management_state: ManagementState = ManagementState.REMOVED
    """Managed: the operator puts the bundle into every namespace and keeps it there. Unmanaged:
    it leaves the bundles as they are. Removed: it deletes them."""
    custom_ca_bundle: str = Field("", alias="customCABundle")
    """Certificates in PEM form, trusted in addition to the cluster's."""


class DevFlags(ApiModel):
    """What developers change to try an operator that is not released."""

    manifests_uri: str | None = None
    """Kept for old documents: nothing is loaded from there."""
    logmode: Literal["devel", "development", "prod", "production", "default"] = "production"
    """Kept for old documents: logLevel says what is logged."""
    log_level: str | None = None
    """What the operator logs: debug, info, error, or a number that is higher for more."""


class DSCInitializationSpec(ApiModel):
    """What all components stand on."""

    model_config = ConfigDict(json_schema_extra=_SET_ONCE)

    applications_namespace: Annotated[OptionalName, AfterValidator(check_namespace)] = None
    """Namespace the components are installed in; the platform's if absent. Cannot be changed
    once it is set."""
    monitoring: Monitoring | None = None
    """Monitoring of the platform itself."""
    service_mesh: ServiceMesh | None = None
    """The service mesh that serverless model serving needs."""
    trusted_ca_bundle: TrustedCABundle | None = Field(None, alias="trustedCABundle")
    """Certificate authorities that everything on the platform trusts."""
    placement: Placement | None = None
    """Where the pods of all components run; each field holds for a component that does not set
    it in its own overrides."""
    dev_flags: DevFlags | None = None
    """Switches for developers of the operator, not for production."""


@dataclass(frozen=True, slots=True)
class DSCInitialization:
    """What was asked for, as far as it is understood.

    Attributes:
        spec: without those of its fields that have a problem, so not to be acted on then.
        problem: the fields that cannot be followed and what to do about them; empty if all can.
    """

    metadata: Metadata
    spec: DSCInitializationSpec
    problem: str


def parse(body: Mapping[str, Any]) -> DSCInitialization:
    """Read a DSCInitialization that any 2.x CRD may have let pass. Never raises."""
    given, problem = object_at(body, "spec")
    try:
        spec = _read(given)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors()}
        spec = _read({name: value for name, value in given.items() if name not in wrong})
        problem = explain(error, "spec")
    return DSCInitialization(Metadata.of(body), spec, problem)


def _read(given: Mapping[str, Any]) -> DSCInitializationSpec:
    return DSCInitializationSpec.model_validate(given, by_alias=True, by_name=False)

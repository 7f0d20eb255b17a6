"""What the operator writes below ``status``, for the schema of the CRDs.

Takes what the Go operator has stored as well: the API server checks the whole object on every
change, so a status it refused would keep a finalizer from being replaced.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias

from pydantic import ConfigDict, Field

from rhoai_operator.api.model import ApiModel
from rhoai_operator.core.conditions import Truth

_TYPE = (
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
)
_REASON = r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"


class StatusCondition(ApiModel):
    """One aspect of the object's state, within the limits that Kubernetes sets."""

    type: Annotated[str, Field(pattern=_TYPE, max_length=316)]
    """The aspect, such as Ready."""
    status: Truth
    """Whether that is so: True, False or Unknown."""
    reason: Annotated[str, Field(pattern=_REASON, max_length=1024)] | None = None
    """Why, in one word for programs."""
    message: Annotated[str, Field(max_length=32768)] | None = None
    """Why, for people: the object, the cause, and what to do next."""
    observed_generation: Annotated[
        int | None, Field(ge=0, json_schema_extra={"format": "int64"})
    ] = None
    """The generation of the object that this was seen on."""
    last_transition_time: datetime | None = None
    """When status last changed."""
    last_heartbeat_time: datetime | None = None
    """When other operators last looked; this one does not write it."""


Conditions: TypeAlias = Annotated[
    tuple[StatusCondition, ...],
    Field(
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        }
    ),
]


class ObjectReference(ApiModel):
    """An object that belongs to this one, with the fields of the core type of that name."""

    model_config = ConfigDict(json_schema_extra={"x-kubernetes-map-type": "atomic"})

    api_version: str | None = None
    """Group and version of its API."""
    kind: str | None = None
    """Its kind."""
    namespace: str | None = None
    """Namespace it is in; absent for objects of the cluster."""
    name: str | None = None
    """Its name."""
    uid: str | None = None
    """Its UID."""
    resource_version: str | None = None
    """Version of it that was seen."""
    field_path: str | None = None
    """Part of it that is meant."""


class Release(ApiModel):
    """What looks after the object."""

    name: str | None = None
    """The platform, such as OpenShift AI Self-Managed."""
    version: str | None = None
    """The operator's version."""


class Status(ApiModel):
    """What both kinds tell."""

    observed_generation: Annotated[int | None, Field(json_schema_extra={"format": "int64"})] = None
    """The generation of the object that all of this was seen on."""
    phase: str | None = None
    """The conditions in one word, for old readers: Ready, Progressing or Error."""
    conditions: Conditions = ()
    """How it is going, and why. Ready sums it up."""
    release: Release | None = None
    """The platform and the operator's version."""
    related_objects: tuple[ObjectReference, ...] = ()
    """Objects that belong to this one."""
    error_message: str | None = None
    """What went wrong, for old readers; the conditions say it better."""


class DataScienceClusterStatus(Status):
    """How the components are."""

    installed_components: dict[str, bool] | None = None
    """Whether a component is installed, by the name that its objects have in their labels."""
    components: dict[str, dict[str, Any]] | None = None
    """What a component tells beyond its condition, such as a namespace that was chosen for it,
    by its name in the spec."""


class Namespaces(ApiModel):
    """The namespaces in force: those of the spec, else the platform's."""

    applications: str | None = None
    """Where the components are installed."""
    monitoring: str | None = None
    """Where monitoring is installed."""


class DSCInitializationStatus(Status):
    """How that is on which the components stand."""

    namespaces: Namespaces | None = None
    """The namespaces in force: those of the spec, else the platform's."""

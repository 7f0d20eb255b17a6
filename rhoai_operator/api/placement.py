"""Where pods run, in Kubernetes' own words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from rhoai_operator.api.model import ApiModel

_REQUIRED = Field(alias="requiredDuringSchedulingIgnoredDuringExecution")
_PREFERRED = Field(alias="preferredDuringSchedulingIgnoredDuringExecution")


class Toleration(ApiModel):
    """A taint that is tolerated."""

    key: str | None = None
    """The taint's key; absent, with the operator Exists, for all of them."""
    operator: Literal["Equal", "Exists"] | None = None
    """Equal, or absent: the values are the same. Exists: whatever the value."""
    value: str | None = None
    """The taint's value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """The taint's effect; absent for all of them."""
    toleration_seconds: Annotated[int, Field(json_schema_extra={"format": "int64"})] | None = None
    """How long a pod stays after a taint of effect NoExecute appeared; absent: for ever."""


class NodeAffinity(ApiModel):
    """Which nodes pods are for."""

    required: Annotated[dict[str, Any] | None, _REQUIRED] = None
    """No others, as a NodeSelector."""
    preferred: Annotated[tuple[dict[str, Any], ...] | None, _PREFERRED] = None
    """Rather than others, as a list of PreferredSchedulingTerm."""


class PodAffinity(ApiModel):
    """Which other pods pods are near to, or far from."""

    required: Annotated[tuple[dict[str, Any], ...] | None, _REQUIRED] = None
    """In any case, as a list of PodAffinityTerm."""
    preferred: Annotated[tuple[dict[str, Any], ...] | None, _PREFERRED] = None
    """Where possible, as a list of WeightedPodAffinityTerm."""


class Affinity(ApiModel):
    """Which nodes and neighbours pods have.

    What stands below is Kubernetes' own, and checked when it is applied to a workload: in full it
    would make the definition too large for clients that keep a copy in an annotation.
    """

    node_affinity: NodeAffinity | None = None
    """Nodes they run on."""
    pod_affinity: PodAffinity | None = None
    """Pods they run near to."""
    pod_anti_affinity: PodAffinity | None = None
    """Pods they run far from."""


class SecretReference(ApiModel):
    """A Secret in the applications namespace."""

    name: str
    """Name of the Secret."""


class Placement(ApiModel):
    """Where pods run, and with which secrets their images are pulled."""

    node_selector: dict[str, str] | None = None
    """Labels that nodes must have, in addition to those by default."""
    tolerations: tuple[Toleration, ...] | None = None
    """Taints that are tolerated, in addition to those by default."""
    affinity: Affinity | None = None
    """Which nodes and neighbours pods have, in place of the default."""
    priority_class_name: str | None = None
    """Name of the PriorityClass."""
    image_pull_secrets: tuple[SecretReference, ...] | None = None
    """Secrets to pull images with, in addition to those by default."""

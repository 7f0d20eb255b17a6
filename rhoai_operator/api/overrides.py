"""What users may set in place of what a component's workloads have by default."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rhoai_operator.api.model import ApiModel, Int32, Quantity
from rhoai_operator.api.placement import Placement


class Resources(ApiModel):
    """Amounts of a container, by resource; those that are absent stay as they are by default."""

    requests: dict[str, Quantity] | None = None
    """What a node must have free."""
    limits: dict[str, Quantity] | None = None
    """What the container may use at most."""


class KeyReference(ApiModel):
    """A key of a ConfigMap or a Secret in the applications namespace."""

    name: str
    """Name of the object."""
    key: str
    """The key."""
    optional: bool | None = None
    """Whether pods start without it."""


class FieldReference(ApiModel):
    """A field of the pod."""

    field_path: str
    """Path of the field, such as metadata.namespace."""


class VariableSource(ApiModel):
    """Where a variable's value comes from: one of these."""

    config_map_key_ref: KeyReference | None = None
    """A key of a ConfigMap."""
    secret_key_ref: KeyReference | None = None
    """A key of a Secret."""
    field_ref: FieldReference | None = None
    """A field of the pod."""


class Variable(ApiModel):
    """An environment variable."""

    name: str
    """Its name."""
    value: str | None = None
    """Its value."""
    value_from: VariableSource | None = None
    """Where its value comes from, if it is not given here."""


class Overrides(Placement):
    """What holds for a component's workloads in place of the defaults."""

    replicas: Annotated[Int32, Field(ge=0)] | None = None
    """Number of pods of each workload that may have several."""
    resources: dict[str, Resources] | None = None
    """Amounts by the name of the container."""
    env: tuple[Variable, ...] | None = None
    """Variables of all containers, each in place of one of the same name."""

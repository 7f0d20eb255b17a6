"""DataScienceCluster: which components the platform has, and who looks after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ConfigDict, ValidationError, field_validator

from rhoai_operator.api import model
from rhoai_operator.api.metadata import Metadata
from rhoai_operator.api.model import ApiModel
from rhoai_operator.api.overrides import Overrides
from rhoai_operator.api.problems import explain, object_at
from rhoai_operator.core.plan import ManagementState

GROUP = f"datasciencecluster.{model.GROUP_SUFFIX}"
VERSION = model.VERSION
KIND = "DataScienceCluster"
PLURAL = "datascienceclusters"
SHORT_NAME = "dsc"


class ManifestsSource(ApiModel):
    """Where a developer's own manifests come from."""

    uri: str = ""
    """Address of a tar archive that replaces the manifests the operator ships."""
    context_dir: str = "manifests"
    """Folder in the archive that holds the manifests of all components."""
    source_path: str = ""
    """Folder below it that holds the manifests of this component."""


class DevFlags(ApiModel):
    """What developers change to try a component that is not released."""

    manifests: tuple[ManifestsSource, ...] = ()
    """Manifests to use instead of those the operator ships."""


class ComponentSpec(ApiModel):
    """One component's part of the spec: what all components share, and its own fields."""

    model_config = ConfigDict(extra="allow")

    management_state: ManagementState | None = None
    """Managed: the operator installs it and keeps it as it should be. Removed, or absent: the
    operator deletes it. Unmanaged: the operator leaves all of it exactly as it is."""
    dev_flags: DevFlags | None = None
    """Switches for developers of the component, not for production."""
    overrides: Overrides | None = None
    """What holds for its workloads in place of the defaults; what is taken back has its default
    again."""

    @field_validator("management_state", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def state(self) -> ManagementState:
        """Who looks after it, Removed unless told."""
        return self.management_state or ManagementState.REMOVED

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Its own fields, as given: the schema for them is in the catalog."""
        return MappingProxyType(self.model_extra or {})


_LEFT_ALONE = ComponentSpec(management_state=ManagementState.UNMANAGED)


@dataclass(frozen=True, slots=True)
class DataScienceCluster:
    """What was asked for, as far as it is understood.

    Attributes:
        components: by name in ``spec.components``. One with a problem is Unmanaged here, so
            that nothing happens to it by mistake.
        problems: by component, fields that cannot be followed and what to do about them;
            key "" when that concerns the whole. ``components`` is empty then.
    """

    metadata: Metadata
    components: Mapping[str, ComponentSpec]
    problems: Mapping[str, str]


def parse(body: Mapping[str, Any]) -> DataScienceCluster:
    """Read a DataScienceCluster that any 2.x CRD may have let pass. Never raises."""
    given, problem = object_at(body, "spec", "components")
    components: dict[str, ComponentSpec] = {}
    problems = {"": problem} if problem else {}
    for name, part in given.items():
        try:
            components[name] = _read({} if part is None else part)
        except ValidationError as error:
            components[name] = _LEFT_ALONE
            problems[name] = explain(error, "spec", "components", name)
    return DataScienceCluster(Metadata.of(body), components, problems)


def _read(part: object) -> ComponentSpec:
    return ComponentSpec.model_validate(part, by_alias=True, by_name=False)

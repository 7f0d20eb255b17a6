"""What the operator knows about a component before rendering it.

A definition is data: it is read from ``manifests/<name>/component.yaml`` and nowhere
else. The same file feeds the CRD schema, the RBAC role, the image list and the docs.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,30}$")]


class _Data(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True
    )


class Image(_Data):
    """One container image.

    Attributes:
        env: variable that replaces the default, as OLM sets it; it should hold a digest.
        default: the reference that applies without it, for all platforms or by platform.
    """

    env: Annotated[str, Field(pattern=r"^RELATED_IMAGE_[A-Z0-9_]+$")]
    default: str | dict[str, str]


class ComponentDefinition(_Data):
    """One component of the platform.

    Attributes:
        name: key under ``spec.components`` in the DataScienceCluster.
        kind: CamelCase name; its condition type is ``f"{kind}Ready"``.
        description: what it gives to users, one sentence; becomes part of the CRD.
        legacy_name: its key in ``status.installedComponents`` and, unless ``label`` says
            otherwise, in its objects' labels; absent means ``name``.
        label: name in its objects' labels, by platform, where that is not ``legacy_name``.
        owner: the kind that switches it on and owns its objects.
        shared_by: components that need it; it has no field of its own then, and is Managed
            while any of them is.
        requires: components that must be Ready before this one is applied.
        needs_apis: ``kind.version.group`` that must be served, e.g. by another operator.
        images: template name -> image.
        parameters: JSON schema (OpenAPI v3 dialect of CRDs) of the component's own fields.
        acts_on: the top-level fields of ``parameters`` that templates or hooks use; the others
            are accepted, kept and reported as ignored.
    """

    name: Name
    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$")]
    description: str
    legacy_name: str = ""
    label: dict[str, str] = {}
    owner: Literal["DataScienceCluster", "DSCInitialization"] = "DataScienceCluster"
    shared_by: frozenset[Name] = frozenset()
    requires: frozenset[Name] = frozenset()
    needs_apis: frozenset[str] = frozenset()
    images: dict[str, Image] = {}
    parameters: dict[str, Any] = {}
    acts_on: frozenset[str] = frozenset()

    @property
    def condition(self) -> str:
        """The type of the condition that reports on it."""
        return f"{self.kind}Ready"

    @property
    def installed_as(self) -> str:
        """Its key in ``status.installedComponents``."""
        return self.legacy_name or self.name

    def label_on(self, platform: str) -> str:
        """Its name in the labels of its objects on the platform with this id."""
        return self.label.get(platform, self.installed_as)

"""What the operator knows about a component before rendering it.

A definition is data: it is read from ``manifests/<name>/component.yaml`` and nowhere
else. The same file feeds the CRD schema, the RBAC role, the image list and the docs.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from rhoai_operator.catalog.certificates import CertificateKey, check_certificates
from rhoai_operator.catalog.keys import (
    AS_WRITTEN,
    ApiKindText,
    ClusterValue,
    ForeignKey,
    KindWord,
    Name,
    ObjectKey,
    ObjectName,
    OptionalKindText,
    Part,
    Path,
    ReducedKey,
    RetiredKey,
    RolloutKey,
    SecretFieldKey,
    SecretKey,
    SecretValue,
)
from rhoai_operator.catalog.recipes import entry_of, recipes


def _is_no_word_of_mappings(name: str) -> str:
    if hasattr(dict, name):
        raise ValueError(f"values.{name} means something else in templates: take another name")
    return name


ValueName = Annotated[
    str, Field(pattern=r"^[a-z][A-Za-z0-9_]*$"), AfterValidator(_is_no_word_of_mappings)
]


class Image(Part):
    """One container image.

    Attributes:
        env: variable that replaces the default, as OLM sets it; it should hold a digest.
        default: the reference that applies without it, for all platforms or by platform.
    """

    env: Annotated[str, Field(pattern=r"^RELATED_IMAGE_[A-Z0-9_]+$")]
    default: str | dict[str, str]


class ComponentDefinition(BaseModel):
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
        brought_by: components of which any one brings what ``needs_apis`` names.
        images: template name -> image.
        parameters: JSON schema (OpenAPI v3 dialect of CRDs) of the component's own fields.
        acts_on: the top-level fields of ``parameters`` that templates or hooks use; the others
            are accepted, kept and reported as ignored.
        foreign: objects that hold the component back where they are there and not ours.
        created_once: objects that are the user's own once they exist.
        until_edited: kinds whose objects are the user's own once somebody edits them.
        merged_config_maps: names of ConfigMaps whose JSON values are merged into the live ones.
        secrets: name -> key -> a value that is generated once.
        secret_fields: fields of other objects that hold such a value.
        values: name in ``values`` of templates -> what is read from the cluster.
        only_with: names of ``values``; while one of them is false or empty the component is not
            there, and is not reported on.
        reduced: what it is without something that a cluster may lack.
        tells: field of ``status.components.<name>`` -> paths in what templates may mention, of
            which the first that is not empty counts.
        shares: component -> objects in common with it, which its folder gives.
        rollouts: workloads whose pods are replaced when their configuration changes.
        certificates: Services that speak TLS, and what calls them.
        optional_kinds: kinds whose objects are left out where they are not served.
        single_replica: workloads that work with one replica only, whatever users ask for.
        retired: objects of older releases, which are deleted.
    """

    model_config = AS_WRITTEN

    name: Name
    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$")]
    description: str
    legacy_name: str = ""
    label: dict[str, str] = {}
    owner: Literal["DataScienceCluster", "DSCInitialization"] = "DataScienceCluster"
    shared_by: frozenset[Name] = frozenset()
    requires: frozenset[Name] = frozenset()
    needs_apis: frozenset[ApiKindText] = frozenset()
    brought_by: frozenset[Name] = frozenset()
    images: dict[str, Image] = {}
    parameters: dict[str, Any] = {}
    acts_on: frozenset[str] = frozenset()
    foreign: tuple[ForeignKey, ...] = ()
    created_once: tuple[ObjectKey, ...] = ()
    until_edited: frozenset[KindWord] = frozenset()
    merged_config_maps: frozenset[ObjectName] = frozenset()
    secrets: dict[ObjectName, dict[SecretKey, SecretValue]] = {}
    secret_fields: tuple[SecretFieldKey, ...] = ()
    values: dict[ValueName, ClusterValue] = {}
    only_with: tuple[str, ...] = ()
    reduced: tuple[ReducedKey, ...] = ()
    tells: dict[str, tuple[Path, ...]] = {}
    shares: dict[Name, tuple[ObjectKey, ...]] = {}
    rollouts: tuple[RolloutKey, ...] = ()
    certificates: tuple[CertificateKey, ...] = ()
    optional_kinds: frozenset[OptionalKindText] = frozenset()
    single_replica: tuple[ObjectKey, ...] = ()
    retired: tuple[RetiredKey, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> ComponentDefinition:
        recipes(self.secrets)
        for field in self.secret_fields:
            entry_of(field.value, self.secrets)
        check_certificates(self.certificates, self.secrets)
        once = {item.name for item in self.created_once if item.kind == "ConfigMap"}
        if both := sorted(once & self.merged_config_maps):
            raise ValueError(f"createdOnce and mergedConfigMaps exclude each other: {both[0]}")
        for name, value in self.values.items():
            if value.kind == "Secret" and value.name in self.secrets:
                raise ValueError(f"values.{name} reads a generated Secret: refer to it by its name")
        rests_on = {*self.only_with, *(name for item in self.reduced for name in item.unless)}
        if strangers := sorted(rests_on - self.values.keys()):
            raise ValueError(f"onlyWith and reduced name values, and there is no {strangers[0]}")
        return self

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

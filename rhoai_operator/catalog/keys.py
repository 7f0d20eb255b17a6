"""What keys of ``component.yaml`` are made of, checked as far as one file can tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from rhoai_operator.catalog.hooks import HOOKS
from rhoai_operator.core.objects import UNOWNED_KINDS
from rhoai_operator.core.policies import ApiKind

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,30}$")]
"""Of a component."""

ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$", max_length=253)]
SecretKey = Annotated[str, Field(pattern=r"^[-._A-Za-z0-9]{1,253}$")]
KindWord = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")]
ApiVersion = Annotated[str, Field(pattern=r"^([a-z0-9][-a-z0-9.]*/)?v[0-9]+((alpha|beta)[0-9]+)?$")]

_KIND = re.compile(
    r"(?P<kind>[A-Z][A-Za-z0-9]*)\.(?P<version>v[0-9]+(?:(?:alpha|beta)[0-9]+)?)"
    r"(?:\.(?P<group>[a-z0-9]([-a-z0-9.]*[a-z0-9])?))?"
)
_STEP = re.compile(r"(?:\\.|[^.\\])+")

NAMESPACES = ("$applications", "$monitoring", "$mesh")
"""Stand for the namespaces in force."""


def api_kind(text: str) -> ApiKind:
    """Read ``Kind.version.group``, or ``Kind.version`` in the core group.

    Raises:
        ValueError: it is neither.
    """
    if match := _KIND.fullmatch(text):
        return ApiKind(match["group"] or "", match["version"], match["kind"])
    raise ValueError(
        f"{text!r} is no kind: write Kind.version.group, such as Widget.v1.example.com"
    )


def optional_kind(text: str) -> ApiKind:
    """Read ``Kind.version.group``, or ``Kind`` alone, which is that of any group and version.

    Raises:
        ValueError: it is neither.
    """
    return ApiKind("", "", text) if re.fullmatch("[A-Z][A-Za-z0-9]*", text) else api_kind(text)


def path_of(text: str) -> tuple[str, ...]:
    r"""Split a path at its dots; ``\.`` stands for a dot within a key.

    Raises:
        ValueError: a part of it is empty.
    """
    steps = tuple(re.sub(r"\\(.)", r"\1", step) for step in _STEP.findall(text))
    if not steps or len(re.sub(r"\\.", "", text).split(".")) != len(steps):
        raise ValueError(f"{text!r} is no path: write field.field, a dot within a key as \\.")
    return steps


def _is(read: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


def _is_namespace(text: str) -> str:
    if text.startswith("$") and text not in NAMESPACES:
        raise ValueError(f"{text!r} is no namespace: one of {', '.join(NAMESPACES)} or its name")
    return text


ApiKindText = Annotated[str, _is(api_kind)]
OptionalKindText = Annotated[str, _is(optional_kind)]
Path = Annotated[str, _is(path_of)]
Namespace = Annotated[str, AfterValidator(_is_namespace)]


def _is_hook(name: str) -> str:
    if name not in HOOKS:
        raise ValueError(f"there is no hook {name}: one of {', '.join(HOOKS)}")
    return name


HookName = Annotated[str, AfterValidator(_is_hook)]

AS_WRITTEN = ConfigDict(
    extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True
)
"""Keys are in camelCase; one that is not known is a mistake."""


class Part(BaseModel):
    """A part of ``component.yaml``."""

    model_config = AS_WRITTEN


class ObjectKey(Part):
    """An object of the component's own, or of another's folder."""

    kind: KindWord
    name: ObjectName


class SecretValue(Part):
    """How a value of a Secret comes about: exactly one of the two.

    Attributes:
        random: so many letters and digits.
        text: with ``$(key)`` and ``$(secret.key)`` in place of other generated values.
    """

    random: Annotated[int, Field(ge=8, le=1024)] | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _one(self) -> SecretValue:
        if (self.random is None) == (self.text is None):
            raise ValueError("give either random or text")
        return self


class SecretFieldKey(ObjectKey):
    """A field of an object, outside of Secrets, that holds a generated value.

    Attributes:
        path: of the field, dotted; what is on the way to it is there in the template.
        value: ``secret.key``.
    """

    path: Path
    value: str


class ListKey(Part):
    """All objects of a kind, for a hook.

    Attributes:
        kind: ``Kind.version.group``.
        keep: paths of what the hook looks at, beside names.
    """

    kind: ApiKindText
    keep: tuple[Path, ...]


class ClusterValue(Part):
    r"""A value of the cluster: a field of an object, whether a kind is served, or what a hook says.

    Attributes:
        namespace: the object's; ``$applications``, ``$monitoring`` and ``$mesh`` are those in
            force.
        path: dotted, such as ``spec.domain``, ``status.hosts.0`` or ``data.tls\.crt``.
        default: what holds while it is absent; without one the component waits for it.
        env: variable whose text comes before what the cluster says, unless empty.
        serves: ``Kind.version.group``.
        hook: a function of ``rhoai_operator/catalog/hooks``.
        lists: what it is given.
    """

    api_version: ApiVersion = ""
    kind: KindWord = ""
    namespace: Namespace = ""
    name: str = ""
    path: Path = ""
    default: Any = None
    env: Annotated[str, Field(pattern=r"^(RHOAI_[A-Z_]+)?$")] = ""
    serves: ApiKindText = ""
    hook: HookName = ""
    lists: tuple[ListKey, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> ClusterValue:
        given = self.model_fields_set
        if given in ({"serves"}, {"hook", "lists"}):
            return self
        if given & {"hook", "lists"}:
            raise ValueError("hook and lists go together, and nothing else with them")
        if "serves" in given:
            raise ValueError("serves stands alone: it is True or False")
        if lacking := {"api_version", "kind", "name", "path"} - given:
            names = ", ".join(sorted(map(to_camel, lacking)))
            raise ValueError(f"{names} missing (or give serves alone)")
        return self

    @property
    def has_default(self) -> bool:
        """Whether there is one; it may be null."""
        return "default" in self.model_fields_set


class ReducedKey(Part):
    """What a component is without something that a cluster may lack.

    Attributes:
        unless: names of ``values``; if one of them is false or empty, this holds.
        given: only if the component's own fields, by their dotted paths, have these values.
        message: what users do not get, and what they can do.
        reason: of its condition, which is False then; absent where it works nevertheless.
    """

    unless: Annotated[tuple[str, ...], Field(min_length=1)]
    message: Annotated[str, Field(min_length=1)]
    given: dict[Path, Any] = {}
    reason: Annotated[str, Field(pattern=r"^([A-Z][A-Za-z]+)?$")] = ""


class ForeignKey(ObjectKey):
    """An object of the component's that may be somebody else's on a cluster.

    Attributes:
        reason: of the condition then.
        message: whose it may be, and what to do.
    """

    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]+$")]
    message: Annotated[str, Field(min_length=1)]


class ConfigKey(Part):
    """A ConfigMap or a Secret in the workload's namespace, ours or not."""

    kind: Literal["ConfigMap", "Secret"]
    name: ObjectName


class RolloutKey(Part):
    """A workload, and the ConfigMaps and Secrets that it reads."""

    kind: Literal["Deployment", "StatefulSet", "DaemonSet"]
    name: ObjectName
    configs: Annotated[tuple[ConfigKey, ...], Field(min_length=1)]


class RetiredKey(Part):
    """An object that an older release left."""

    api_version: ApiVersion
    kind: KindWord
    name: ObjectName
    namespace: Namespace = ""

    @model_validator(mode="after")
    def _may_go(self) -> RetiredKey:
        if self.kind in UNOWNED_KINDS:
            raise ValueError(f"a {self.kind} is never deleted: other people's objects go with it")
        return self

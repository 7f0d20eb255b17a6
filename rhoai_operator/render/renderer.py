"""Turn a component's templates into its desired state. Pure: same input, same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Protocol

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import apply_rank
from rhoai_operator.core.objects import COMPONENT_LABEL, Manifest, ObjectRef
from rhoai_operator.core.packed import Packed
from rhoai_operator.render.crds import CoreTypes, expand_crd
from rhoai_operator.render.documents import read_objects
from rhoai_operator.render.errors import RenderError
from rhoai_operator.render.frozen import freeze
from rhoai_operator.render.templates import Templates

OPTIONAL = "rhoai.opendatahub.io/optional"
"""Annotation of a template's object that is skipped where its kind is not served."""


@dataclass(frozen=True, slots=True)
class _Rendered:
    """One object as the cluster gets it.

    Attributes:
        source: the file that gave it, relative to the manifests.
        defines: group, version and kind of all that it defines.
    """

    source: PurePath
    ref: ObjectRef
    manifest: Manifest
    optional: bool
    defines: frozenset[tuple[str, str, str]] = frozenset()


class Component(Protocol):
    """What rendering knows of a component: its folder, and its name in labels by platform id."""

    @property
    def name(self) -> str: ...  # noqa: D102 - said above

    def label_on(self, platform: str) -> str: ...  # noqa: D102 - said above


class Renderer:
    """Renders ``<root>/<component>/templates/**/*.yaml.j2`` and ``<root>/<component>/crds``.

    CRDs are read when their component is first rendered, and kept, packed. A template that gives
    the same text as the last time gives the same objects.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._templates = Templates(root)
        self._types = CoreTypes(root)
        self._parsed: dict[tuple[PurePath, str], tuple[str, tuple[_Rendered, ...]]] = {}
        self._crds: dict[tuple[str, str], tuple[_Rendered, ...]] = {}
        self._relabelled: dict[tuple[str, frozenset[str]], Packed] = {}

    def render(
        self, definition: Component, platform: str, context: Mapping[str, Any]
    ) -> DesiredState:
        """Render one component.

        Args:
            definition: names the folder, and the labels that go on every object.
            platform: id of the platform, for the labels.
            context: everything templates may mention. An undefined name is an error.

        Returns:
            The objects in apply order. CRDs are shared between calls and cannot be changed.

        Raises:
            RenderError: a template fails, is not YAML, lacks an object's identity, or two files
                define the same object.
        """
        label = definition.label_on(platform)
        rendered: dict[ObjectRef, _Rendered] = {}
        for item in self._rendered(definition.name, label, context):
            if item.ref in rendered:
                other = rendered[item.ref].source
                raise RenderError(item.source, f"{item.ref} is defined twice: also in {other}")
            rendered[item.ref] = item
        ordered = [rendered[ref] for ref in sorted(rendered, key=apply_rank)]
        return DesiredState(
            objects=tuple(item.manifest for item in ordered),
            optional=frozenset(item.ref for item in ordered if item.optional),
            sources={item.ref: item.source.as_posix() for item in ordered},
            defines={item.ref: item.defines for item in ordered if item.defines},
        )

    def relabelled(self, manifest: Manifest, labels: Mapping[str, str]) -> Manifest:
        """Return an object with these labels instead; a packed one is made once and kept."""
        whole = {**manifest["metadata"], "labels": labels}
        if not isinstance(manifest, Packed):
            return {**manifest, "metadata": whole}
        key = manifest.digest, frozenset(labels)
        if key not in self._relabelled:
            self._relabelled[key] = manifest.with_metadata(whole)
        return self._relabelled[key]

    def _rendered(
        self, component: str, label: str, context: Mapping[str, Any]
    ) -> Iterator[_Rendered]:
        if (component, label) not in self._crds:
            self._crds[component, label] = tuple(self._definitions(component, label))
        yield from self._crds[component, label]
        for source, text in self._templates.render(component, context):
            known = self._parsed.get((source, label))
            if known is None or known[0] != text:
                known = self._parsed[source, label] = (
                    text,
                    tuple(self._objects(source, text, label)),
                )
            yield from known[1]

    def _definitions(self, component: str, label: str) -> Iterator[_Rendered]:
        for path in sorted(self._root.joinpath(component, "crds").glob("*.yaml")):
            source = path.relative_to(self._root)
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RenderError(source, f"cannot be read: {error}") from error
            for item in self._objects(source, text, label):
                yield replace(
                    item, manifest=Packed(freeze(item.manifest)), defines=_defined(item.manifest)
                )

    def _objects(self, source: PurePath, text: str, label: str) -> Iterator[_Rendered]:
        for document in read_objects(source, text):
            finished = _finished(self._whole(source, document), label)
            yield _Rendered(
                source,
                ObjectRef.of(document),
                finished,
                optional=OPTIONAL in document["metadata"].get("annotations", {}),
            )

    def _whole(self, source: PurePath, manifest: Manifest) -> Manifest:
        if manifest["kind"] != "CustomResourceDefinition":
            return manifest
        try:
            return expand_crd(manifest, self._types)
        except (LookupError, TypeError, AttributeError) as error:
            raise RenderError(source, f"{ObjectRef.of(manifest)}: {error}") from error


def _defined(definition: Manifest) -> frozenset[tuple[str, str, str]]:
    """Return group, version and kind of what a definition has the API server serve."""
    spec = definition.get("spec") or {}
    kind = (spec.get("names") or {}).get("kind", "")
    versions = [v.get("name", "") for v in spec.get("versions") or () if v.get("served")]
    return frozenset((spec.get("group", ""), version, kind) for version in versions)


def _finished(manifest: Manifest, label: str) -> Manifest:
    """Return a template's object as the cluster gets it: labelled, without our own marks."""
    metadata = dict(manifest["metadata"])
    annotations = {k: v for k, v in metadata.pop("annotations", {}).items() if k != OPTIONAL}
    if annotations:
        metadata["annotations"] = annotations
    metadata["labels"] = {
        **metadata.get("labels", {}),
        f"{COMPONENT_LABEL}{label}": "true",
        "app.kubernetes.io/part-of": label,
        "app.kubernetes.io/managed-by": "rhoai-operator",
    }
    if "aggregationRule" in manifest:  # then its rules are kube-controller-manager's to fill in
        manifest = {key: value for key, value in manifest.items() if key != "rules"}
    return {**manifest, "metadata": metadata}

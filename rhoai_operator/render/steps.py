"""One component's desired state, as far as no cluster is needed to tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.inventory import apply_rank
from rhoai_operator.core.objects import COMPONENT_LABEL, MANAGED, Manifest, ObjectRef
from rhoai_operator.core.overrides import containers_of, insisted, is_workload, overridden
from rhoai_operator.core.plan import Step
from rhoai_operator.core.policies import Named, Policies, is_of_kind
from rhoai_operator.render.errors import RenderError, UnknownContainer
from rhoai_operator.render.renderer import Renderer


@dataclass(frozen=True, slots=True)
class _Folder:
    """Satisfies ``rhoai_operator.render.renderer.Component``."""

    name: str
    label: str

    def label_on(self, _platform: str) -> str:
        return self.label


def render_step(renderer: Renderer, step: Step) -> DesiredState:
    """Render a component, and from others' folders what it has in common with them.

    What is shared is the same, byte for byte, whoever renders it: it says that it is part of
    the component that has its template, and has the labels of all that use it.

    Raises:
        RenderError: as ``Renderer.render``.
    """
    policies = step.policies
    parts = [_rendered(renderer, step.component, policies, step.context)]
    for share in policies.shares:
        whole = _rendered(renderer, share.component, share.policies, share.context)
        parts.append(_only(whole, share.objects))
    desired = _with_labels(renderer, _joined(parts), policies.sharers)
    return _overridden(desired, step) if step.overrides else desired


def _overridden(desired: DesiredState, step: Step) -> DesiredState:
    """Return the same with the component's own workloads as users want them.

    Raises:
        UnknownContainer: amounts are for a container that it does not have.
    """
    own = {
        ref for ref, source in desired.sources.items() if source.startswith(f"{step.component}/")
    }
    workloads = {
        ref: manifest
        for manifest in filter(is_workload, desired.objects)
        if (ref := ObjectRef.of(manifest)) in own
    }
    known = containers_of(workloads.values())
    if strangers := sorted(step.overrides.resources.keys() - known):
        raise UnknownContainer(step.component, strangers[0], known)
    single = {ref: Named.of(ref) in step.policies.single for ref in workloads}
    changed = {
        ref: overridden(manifest, step.overrides, single=single[ref])
        for ref, manifest in workloads.items()
    }
    return replace(
        desired,
        objects=tuple(changed.get(ObjectRef.of(m), m) for m in desired.objects),
        insisted={
            ref: insisted(manifest, step.overrides, single=single[ref])
            for ref, manifest in workloads.items()
        },
    )


def _rendered(
    renderer: Renderer, name: str, policies: Policies, context: Mapping[str, Any]
) -> DesiredState:
    """Render one folder, with what its ``component.yaml`` says of objects."""
    desired = renderer.render(_Folder(name, policies.label), "", context)
    if not (policies.created_once or policies.optional_kinds or policies.secrets):
        return desired
    refs = [ObjectRef.of(manifest) for manifest in desired.objects]
    optional = {ref for ref in refs if is_of_kind(ref, policies.optional_kinds)}
    objects = [
        _created_once(manifest) if Named.of(ref) in policies.created_once else manifest
        for ref, manifest in zip(refs, desired.objects, strict=True)
    ]
    there = {ref.name for ref in refs if (ref.group, ref.kind) == ("", "Secret")}
    secrets = [_secret(key, policies) for key in policies.secrets if key not in there]
    source = dict.fromkeys(map(ObjectRef.of, secrets), f"{name}/component.yaml")
    return replace(
        desired,
        objects=_in_order([*objects, *secrets]),
        optional=desired.optional | optional,
        sources={**desired.sources, **source},
    )


def _created_once(manifest: Manifest) -> Manifest:
    metadata = manifest["metadata"]
    annotations = {**metadata.get("annotations", {}), MANAGED: "false"}
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


def _secret(name: str, policies: Policies) -> Manifest:
    """Return a Secret without values, which depend on the cluster."""
    labels = {
        f"{COMPONENT_LABEL}{policies.label}": "true",
        "app.kubernetes.io/part-of": policies.label,
        "app.kubernetes.io/managed-by": "rhoai-operator",
    }
    metadata = {"name": name, "namespace": policies.namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque"}


def _only(desired: DesiredState, objects: frozenset[Named]) -> DesiredState:
    found = {ObjectRef.of(manifest): manifest for manifest in desired.objects}
    kept = {ref: manifest for ref, manifest in found.items() if Named.of(ref) in objects}
    return DesiredState(
        tuple(kept.values()),
        desired.optional & kept.keys(),
        {ref: source for ref, source in desired.sources.items() if ref in kept},
        {ref: kinds for ref, kinds in desired.defines.items() if ref in kept},
    )


def _joined(parts: Sequence[DesiredState]) -> DesiredState:
    """Put folders together.

    Raises:
        RenderError: two of them give the same object.
    """
    whole, *others = parts
    for part in others:
        known = {ObjectRef.of(manifest) for manifest in whole.objects}
        for ref in map(ObjectRef.of, part.objects):
            if ref in known:
                source = PurePath(whole.sources[ref])
                raise RenderError(source, f"{ref} is shared: also in {part.sources[ref]}")
        whole = DesiredState(
            _in_order([*whole.objects, *part.objects]),
            whole.optional | part.optional,
            {**whole.sources, **part.sources},
            {**whole.defines, **part.defines},
        )
    return whole


def _in_order(objects: Iterable[Manifest]) -> tuple[Manifest, ...]:
    return tuple(sorted(objects, key=lambda manifest: apply_rank(ObjectRef.of(manifest))))


def _with_labels(
    renderer: Renderer, desired: DesiredState, sharers: Mapping[Named, frozenset[str]]
) -> DesiredState:
    if not sharers:
        return desired
    objects = (
        _labelled(renderer, manifest, sharers.get(Named.of(ObjectRef.of(manifest))))
        for manifest in desired.objects
    )
    return replace(desired, objects=tuple(objects))


def _labelled(renderer: Renderer, manifest: Manifest, labels: frozenset[str] | None) -> Manifest:
    """Return an object in common with the labels of all that use it, and of nobody else."""
    if labels is None:
        return manifest
    own = manifest["metadata"]["labels"]
    part_of = COMPONENT_LABEL + own["app.kubernetes.io/part-of"]
    others = {key: value for key, value in own.items() if key != part_of}
    users = {f"{COMPONENT_LABEL}{label}": "true" for label in sorted(labels)}
    return renderer.relabelled(manifest, {**others, **users})

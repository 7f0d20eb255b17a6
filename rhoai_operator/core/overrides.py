"""What users set in place of what a component's workloads have by default. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from rhoai_operator.core.fields import amount_path
from rhoai_operator.core.objects import Manifest

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_SCALED = frozenset({"Deployment", "StatefulSet"})

Amounts: TypeAlias = Mapping[str, Mapping[str, Any]]
"""``requests`` and ``limits``, each by resource."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What users have set; None and empty leave what is there.

    Attributes:
        replicas: of every workload that may have several.
        resources: container -> the amounts that are set for it.
        node_selector: added to the workloads' own; what is set holds.
        tolerations: added to the workloads' own.
        affinity: in place of the workloads' own.
        priority_class_name: likewise.
        env: variables of every container, each in place of one of its name.
        image_pull_secrets: added to the workloads' own.
    """

    replicas: int | None = None
    resources: Mapping[str, Amounts] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    affinity: Mapping[str, Any] = field(default_factory=dict)
    priority_class_name: str = ""
    env: tuple[Mapping[str, Any], ...] = ()
    image_pull_secrets: tuple[Mapping[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is set."""
        return self != Overrides()

    def __str__(self) -> str:
        """Say what is set, for a condition's message."""
        return ", ".join(self._said())

    def _said(self) -> Iterator[str]:
        if self.replicas is not None:
            yield f"replicas {self.replicas}"
        for container, amounts in sorted(self.resources.items()):
            found = [f"{a}.{r}" for a, part in sorted(amounts.items()) for r in sorted(part)]
            yield f"{', '.join(found)} of container {container}"
        rest = fields(self)[2:]
        yield from (_camel(part.name) for part in rest if getattr(self, part.name))


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def is_workload(manifest: Manifest) -> bool:
    """Tell whether an object has pods that can be overridden."""
    return manifest["kind"] in WORKLOADS and manifest["apiVersion"].startswith("apps/")


def containers_of(objects: Iterable[Manifest]) -> frozenset[str]:
    """Return the names of all containers of workloads, those that initialize not included."""
    workloads = filter(is_workload, objects)
    return frozenset(c["name"] for workload in workloads for c in _pod(workload)["containers"])


def overridden(manifest: Manifest, overrides: Overrides, *, single: bool) -> Manifest:
    """Return a workload as users want it.

    Args:
        single: it works with one replica only, so that number stays.
    """
    pod = _placed(_pod(manifest), overrides)
    pod["containers"] = [_container(item, overrides) for item in pod["containers"]]
    template = {**manifest["spec"]["template"], "spec": pod}
    spec = {**manifest["spec"], "template": template}
    if overrides.replicas is not None and not single and manifest["kind"] in _SCALED:
        spec["replicas"] = overrides.replicas
    return {**manifest, "spec": spec}


def insisted(manifest: Manifest, overrides: Overrides, *, single: bool) -> frozenset[str]:
    """Return the fields that hold although users may set them in the live object, as paths."""
    names = {container["name"] for container in _pod(manifest)["containers"]}
    amounts = {
        amount_path(name, kind, resource)
        for name in names & overrides.resources.keys()
        for kind, part in overrides.resources[name].items()
        for resource in part
    }
    scaled = overrides.replicas is not None and not single
    return frozenset(amounts | ({"spec.replicas"} if scaled else set()))


def _pod(workload: Manifest) -> Mapping[str, Any]:
    pod: Mapping[str, Any] = workload["spec"]["template"]["spec"]
    return pod


def _placed(pod: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    given = {
        "nodeSelector": {**pod.get("nodeSelector", {}), **overrides.node_selector},
        "tolerations": _with(pod.get("tolerations", ()), overrides.tolerations),
        "affinity": overrides.affinity or pod.get("affinity"),
        "priorityClassName": overrides.priority_class_name or pod.get("priorityClassName"),
        "imagePullSecrets": _with(pod.get("imagePullSecrets", ()), overrides.image_pull_secrets),
    }
    return {**pod, **{name: value for name, value in given.items() if value}}


def _with(own: Iterable[Any], added: Iterable[Any]) -> list[Any]:
    found = list(own)
    return [*found, *(item for item in added if item not in found)]


def _container(container: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    amounts = overrides.resources.get(container["name"], {})
    own: Amounts = container.get("resources", {})
    parts = {
        kind: {**own.get(kind, {}), **amounts.get(kind, {})} for kind in ("requests", "limits")
    }
    named = {variable["name"] for variable in overrides.env}
    env = [*(v for v in container.get("env", ()) if v["name"] not in named), *overrides.env]
    given = {"resources": {**own, **{k: part for k, part in parts.items() if part}}, "env": env}
    return {**container, **{name: value for name, value in given.items() if value}}

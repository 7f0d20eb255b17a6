"""A catalog of generated components: a folder of manifests, as large as a figure needs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import yaml

from bench.samples import NAMESPACE, Place, Sample, sample
from rhoai_operator.settings import MANIFESTS

SHARED = ("namespaces", "platforms.yaml", "core-types.yaml")
"""What generated components stand on, taken from the real manifests."""

MIX: Mapping[str, int] = {
    "ConfigMap": 110,
    "ClusterRole": 78,
    "ClusterRoleBinding": 23,
    "Service": 21,
    "RoleBinding": 18,
    "ServiceAccount": 16,
    "Role": 14,
    "Deployment": 13,
    "NetworkPolicy": 9,
    "Secret": 8,
}
"""Objects by kind as ten real components have them: see docs/benchmarks.md."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What to generate.

    Attributes:
        objects: of all plain components together, in the proportions of ``MIX``.
        components: that share them evenly.
        definitions: large CRDs.
        defining: components that share those evenly; they have one object more each.
    """

    objects: int
    components: int = 10
    definitions: int = 0
    defining: int = 0

    @property
    def plain(self) -> Sequence[str]:
        """Names of the components with plain objects; none is without any."""
        return [f"bench{_letter(n)}" for n in range(min(self.components, self.objects))]

    @property
    def others(self) -> Sequence[str]:
        """Names of the components with the CRDs."""
        return [f"define{_letter(number)}" for number in range(self.defining)]

    @property
    def names(self) -> Sequence[str]:
        """Names of all components."""
        return [*self.plain, *self.others]

    @property
    def switched(self) -> Sequence[str]:
        """Names of those that a DataScienceCluster has a field for: all."""
        return self.names

    @property
    def served(self) -> Mapping[str, frozenset[str]]:
        """Path of a group version -> plurals that the CRDs bring there."""
        found: dict[str, set[str]] = {f"/apis/{name}.example.com/v1": set() for name in self.others}
        for number in range(self.definitions):
            name = self.others[number % self.defining]
            found[f"/apis/{name}.example.com/v1"].add(f"large{number}s")
        return {path: frozenset(plurals) for path, plurals in found.items()}

    def condition(self, component: str) -> str:
        """Return the type of a component's condition."""
        return f"{_kind_of(component)}Ready"

    def write(self, root: Path) -> None:
        """Write a manifests folder of this shape at ``root``, which must not be there."""
        root.mkdir(parents=True)
        for name in SHARED:
            source = MANIFESTS / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, root / name)
        for component, samples in _dealt(self).items():
            _write_component(root / component, component, samples)
        for number in range(self.definitions):
            component = self.others[number % self.defining]
            folder = root / component / "crds"
            folder.mkdir(exist_ok=True)
            text = yaml.safe_dump(_definition(component, number), sort_keys=False)
            (folder / f"large{number}.yaml").write_text(text)


def _kind_of(component: str) -> str:
    return component.capitalize()


def _dealt(shape: Shape) -> dict[str, list[Sample]]:
    """Deal the objects out to the components, kind by kind."""
    hands: dict[str, list[Sample]] = {name: [] for name in shape.names}
    turn = 0
    for kind, count in _counts(shape.objects).items():
        numbers = dict.fromkeys(shape.plain, 0)
        for _ in range(count):
            component = shape.plain[turn % len(shape.plain)]
            hands[component].append(sample(Place(component, kind, numbers[component])))
            numbers[component] += 1
            turn += 1
    for component in shape.others:
        hands[component].append(sample(Place(component, "ServiceAccount", 0)))
    return hands


def _counts(objects: int) -> dict[str, int]:
    """Divide ``objects`` by ``MIX``, by largest remainder."""
    whole = sum(MIX.values())
    exact = {kind: objects * share / whole for kind, share in MIX.items()}
    counts = {kind: int(value) for kind, value in exact.items()}
    by_remainder = sorted(MIX, key=lambda kind: counts[kind] - exact[kind])
    for kind in by_remainder[: objects - sum(counts.values())]:
        counts[kind] += 1
    return counts


def _write_component(folder: Path, name: str, samples: Sequence[Sample]) -> None:
    templates = folder / "templates"
    templates.mkdir(parents=True)
    definition = {
        "name": name,
        "kind": _kind_of(name),
        "description": "Generated for benchmarks.",
    }
    (folder / "component.yaml").write_text(yaml.safe_dump(definition, sort_keys=False))
    for kind in sorted({item["kind"] for item in samples}):
        text = yaml.safe_dump_all(i for i in samples if i["kind"] == kind)
        text = text.replace(f"'{NAMESPACE}'", "{{ namespace | json }}")
        (templates / f"{kind.lower()}.yaml.j2").write_text(text)


def _definition(component: str, number: int) -> Mapping[str, Any]:
    """Build a CRD that is some 150 KB of JSON once its core types are put in place.

    One half is field trees, the other half what describes them, as in real ones.
    """
    plural, group = f"large{number}s", f"{component}.example.com"
    own = {f"option{index:03}": _option(index) for index in range(100)}
    spec = {
        "type": "object",
        "required": ["template"],
        "properties": {
            "template": {"$ref": "PodTemplateSpec"},
            **own,
        },
    }
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}
    version["schema"] = {"openAPIV3Schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": f"Large{number}", "plural": plural, "singular": plural[:-1]},
            "versions": [version],
        },
    }


def _option(index: int) -> Mapping[str, Any]:
    text = f"Option {index} of the large resource, described as real definitions do. " * 11
    return {"type": "string", "description": text, "maxLength": 100 + index}


def _letter(number: int) -> str:
    """Number components as their kinds need it, without digits."""
    return ascii_lowercase[number]

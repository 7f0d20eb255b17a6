"""What only all components together can show to be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.recipes import recipes

Components: TypeAlias = Mapping[str, ComponentDefinition]
Fault: TypeAlias = tuple[str, str]
"""A component's name, and what is wrong with its definition."""


def first_fault(components: Components) -> Fault | None:
    """Return something that is wrong, None if nothing is."""
    faults = (fault for check in _CHECKS for fault in check(components))
    return next(faults, None)


def _strangers(components: Components) -> Iterator[Fault]:
    for name, definition in components.items():
        mentioned = {
            *definition.requires,
            *definition.brought_by,
            *definition.shared_by,
            *definition.shares,
        }
        if strangers := mentioned - components.keys():
            yield name, f"no such component: {', '.join(sorted(strangers))}"


def _circles(components: Components) -> Iterator[Fault]:
    required = {name: sorted(d.requires) for name, d in components.items()}
    try:
        TopologicalSorter(required).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        yield circle[0], f"requires itself: {' requires '.join(circle)}"


def _collisions(components: Components) -> Iterator[Fault]:
    """One name for two: of conditions, in ``installedComponents``, of generated Secrets."""
    seen: dict[tuple[str, str], str] = {}
    for name, definition in components.items():
        for key in _names(definition):
            if (other := seen.setdefault(key, name)) != name:
                yield name, f"{key[0]} {key[1]} is component {other}'s already"


def _names(definition: ComponentDefinition) -> Iterable[tuple[str, str]]:
    yield "kind", definition.kind
    yield "legacyName", definition.installed_as
    for secret in definition.secrets:
        yield "secret", secret
    for certificate in definition.certificates:
        yield from (("secret", secret) for secret in certificate.secrets)


def _shared_by(components: Components) -> Iterator[Fault]:
    for name, definition in components.items():
        for user in sorted(definition.shared_by):
            if components[user].shared_by or components[user].owner != "DataScienceCluster":
                yield name, f"sharedBy {user}, which has no field in spec.components"


def _shares(components: Components) -> Iterator[Fault]:
    """What is shared has one folder, that of the component named, which has one owner with us."""
    for name, definition in components.items():
        seen: dict[tuple[str, str], str] = {}
        for other, objects in definition.shares.items():
            if other == name:
                yield name, "shares objects with itself"
            if components[other].owner != definition.owner:
                yield name, f"shares objects with {other}, which another kind owns"
            for item in objects:
                if (first := seen.setdefault((item.kind, item.name), other)) != other:
                    yield name, f"shares {item.kind} {item.name} with {first} and with {other}"
                if source := _source(components[other], item.kind, item.name):
                    text = f"{other} itself has it from {source}: share it with that one"
                    yield name, f"shares {item.kind} {item.name} with {other}: {text}"


def _source(definition: ComponentDefinition, kind: str, name: str) -> str:
    found = (
        other
        for other, objects in definition.shares.items()
        if any((item.kind, item.name) == (kind, name) for item in objects)
    )
    return next(found, "")


def _shared_secrets(components: Components) -> Iterator[Fault]:
    """What a generated Secret is made from has to be there wherever it is."""
    for name, definition in components.items():
        for other, objects in definition.shares.items():
            shared = {item.name for item in objects if item.kind == "Secret"}
            found = recipes(components[other].secrets)
            for secret in sorted(shared & found.keys()):
                needed = {entry.secret for r in found[secret].values() for entry in r.references}
                if lacking := sorted(needed - shared):
                    text = f"without Secret {lacking[0]}, which it is made from"
                    yield name, f"shares Secret {secret} with {other} {text}"


_CHECKS: tuple[Callable[[Components], Iterator[Fault]], ...] = (
    _strangers,
    _circles,
    _collisions,
    _shared_by,
    _shares,
    _shared_secrets,
)

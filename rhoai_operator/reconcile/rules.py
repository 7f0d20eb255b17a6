"""Rules of a role that allow some rights and nothing else, as few as that takes. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, TypeVar

from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.rights import Right

K = TypeVar("K")


class Rule(NamedTuple):
    """One rule; all parts sorted. ``resources`` are paths where there are no groups."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    @property
    def manifest(self) -> Manifest:
        """The rule as roles have it."""
        if not self.groups:
            return {"nonResourceURLs": list(self.resources), "verbs": list(self.verbs)}
        named = {"resourceNames": list(self.names)} if self.names else {}
        return {
            "apiGroups": list(self.groups),
            "resources": list(self.resources),
            **named,
            "verbs": list(self.verbs),
        }


def without_idle(rights: Collection[Right], held: Collection[Right] = ()) -> frozenset[Right]:
    """Return the rights that none of the others, or of those held anyway, contains."""
    known, held = frozenset(rights), frozenset(held)
    return frozenset(
        right
        for right in known - held
        if right.name == "" or not {right._replace(name="")} & (known | held)
    )


def rules_of(rights: Iterable[Right]) -> tuple[Rule, ...]:
    """Return the rules, in an order that depends on nothing but the rights."""
    needed = without_idle(frozenset(rights))
    paths = {right for right in needed if right.resource.startswith("/")}
    return (*sorted(_of_paths(paths)), *sorted(_of_resources(needed - paths)))


def _of_paths(rights: Iterable[Right]) -> Iterator[Rule]:
    verbs = _gathered((right.resource, right.verb) for right in rights)
    for found, paths in _gathered((found, path) for path, found in verbs.items()).items():
        yield Rule((), paths, found)


def _of_resources(rights: Iterable[Right]) -> Iterator[Rule]:
    """Merge what differs in one part only, as long as there is any: verbs first, groups last."""
    verbs = _gathered(((r.group, r.resource, r.name), r.verb) for r in rights)
    names = _gathered(((g, r, bool(n), v), n) for (g, r, n), v in verbs.items())
    resources = _gathered(((g, v, n), r) for (g, r, _, v), n in names.items())
    groups = _gathered(((v, n, r), g) for (g, v, n), r in resources.items())
    for (found, named, merged), group in groups.items():
        yield Rule(group, merged, found, named if any(named) else ())


def _gathered(pairs: Iterable[tuple[K, str]]) -> dict[K, tuple[str, ...]]:
    """Return the sorted words that go with each key."""
    found: dict[K, set[str]] = defaultdict(set)
    for key, word in pairs:
        found[key].add(word)
    return {key: tuple(sorted(words)) for key, words in found.items()}

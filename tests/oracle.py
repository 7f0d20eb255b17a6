"""Says what is wrong in a cluster that an operator has come to rest on: nothing, if it is right."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rhoai_operator.api.metadata import Metadata
from rhoai_operator.core.conditions import Truth
from rhoai_operator.core.fields import FIELD_MANAGER, yielded
from rhoai_operator.core.objects import (
    COMPONENT_LABEL,
    UNOWNED_KINDS,
    Manifest,
    ObjectRef,
    digest,
    is_created_once,
)
from rhoai_operator.core.plan import ManagementState
from tests.differences import Difference, differences, overlap, stated
from tests.expected import Expectation, Facts, Wanted
from tests.rest import Refused, Rest
from tests.snapshot import OWNERS, Snapshot, look
from tests.wait import blocking_until


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One thing that is wrong: of which object, in which field, and how."""

    object: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.object}: {f'{self.field}: ' if self.field else ''}{self.text}"


class Oracle:
    """Compares a cluster with what an operator with this catalog should make of it."""

    def __init__(self, rest: Rest, manifests: Path) -> None:
        self._rest = rest
        self._expectation = Expectation(manifests)
        self._equal: dict[ObjectRef, tuple[str, str]] = {}

    def look(self) -> Snapshot:
        """See what is there."""
        return look(self._rest)

    def violations(self) -> list[Violation]:
        """Return all that is wrong now."""
        return self._found()[1]

    def settle(self, seconds: float) -> Snapshot:
        """Wait until nothing is wrong and nothing changes between two looks; return the last.

        Raises:
            AssertionError: not within these seconds; the message is what is wrong.
        """
        before: Mapping[str, str] = {}
        wrong: list[Violation] = []

        def at_rest() -> Snapshot | None:
            nonlocal before, wrong
            last, before = before, {}
            snapshot, wrong = self._found()
            if snapshot is None or wrong:
                return None
            before = snapshot.versions
            return snapshot if before == last else None

        try:
            rested = blocking_until(at_rest, seconds, "at rest")
        except AssertionError:
            found = "\n".join(map(str, wrong)) or "objects keep changing"
            raise AssertionError(f"not right within {seconds:g} s:\n{found}") from None
        assert rested
        return rested

    def _found(self) -> tuple[Snapshot | None, list[Violation]]:
        """Return what is there, None if that cannot be told, and what is wrong with it."""
        try:
            snapshot = self.look()
            return snapshot, sorted(self._judge(snapshot))
        except (OSError, Refused) as error:
            return None, [Violation("the API server", "", f"does not answer: {error}")]

    def _judge(self, now: Snapshot) -> Iterator[Violation]:
        dsc, dsci = (now.rulers.get(kind) for kind in OWNERS)
        wanted = self._expectation.of(Facts(dsc, dsci, now.served, self._rest.get))
        for component in wanted.values():
            if component.exact:
                yield from self._objects(component, now)
                yield from _inventory(component, now)
        yield from _orphans(wanted.values(), now)
        for kind, live in now.rulers.items():
            mine = [w for w in wanted.values() if w.owner == kind]
            yield from _status(live, mine)

    def _objects(self, component: Wanted, now: Snapshot) -> Iterator[Violation]:
        for ref, manifest in component.objects.items():
            metadata = now.labelled.get(ref, {}).get("metadata", {})
            compared = (digest(manifest), metadata.get("resourceVersion", ""))
            if self._equal.get(ref) == compared:
                continue
            found = list(self._faults(ref, manifest))
            if not found and all(compared):
                self._equal[ref] = compared
            yield from found

    def _faults(self, ref: ObjectRef, manifest: Manifest) -> Iterator[Violation]:
        live = self._rest.get(ref)
        if live is None:
            yield Violation(str(ref), "", "is not there")
        elif ref.kind == "CustomResourceDefinition":  # a trial of these takes up to a second
            yield from _violations(ref, differences(overlap(live, manifest), manifest))
        elif not is_created_once(manifest) and not is_created_once(live):
            yield from self._differences(ref, yielded(live, manifest), live)

    def _differences(
        self, ref: ObjectRef, manifest: Manifest, live: Manifest
    ) -> Iterator[Violation]:
        """Find what applying the manifest would change, by the API server's own rules."""
        try:
            applied = self._rest.apply(manifest, FIELD_MANAGER, dry=True)
        except Refused as error:
            yield Violation(str(ref), "", f"cannot be compared: {error}")
            return
        yield from _violations(ref, differences(stated(live), stated(applied)))


def _violations(ref: ObjectRef, found: Iterable[Difference]) -> Iterator[Violation]:
    for path, is_, should in found:
        yield Violation(str(ref), path, f"is {_shown(is_)}, should be {_shown(should)}")


def _inventory(component: Wanted, now: Snapshot) -> Iterator[Violation]:
    ours = {ref for ref, manifest in component.objects.items() if not is_created_once(manifest)}
    listed = now.inventories.get(component.name, frozenset())
    where = f"inventory of {component.name}"
    for ref in ours - listed:
        yield Violation(where, "", f"lacks {ref}")
    for ref in listed - ours:
        yield Violation(where, "", f"lists {ref}, which is not desired")


def _orphans(wanted: Collection[Wanted], now: Snapshot) -> Iterator[Violation]:
    known = {ref for component in wanted if component.exact for ref in component.objects}
    left_alone = {COMPONENT_LABEL + w.label for w in wanted if not w.exact}
    for ref, live in now.labelled.items():
        if ref in known or ref.kind in UNOWNED_KINDS or is_created_once(live):
            continue
        labels = {key for key in live["metadata"]["labels"] if key.startswith(COMPONENT_LABEL)}
        if not labels & left_alone:
            users = ", ".join(sorted(labels)) or "nobody"
            yield Violation(str(ref), "", f"is left over, of {users}")


def _status(live: Manifest, components: Sequence[Wanted]) -> Iterator[Violation]:
    metadata = Metadata.of(live)
    where = f"{live['kind']} {metadata.name}"
    status = live.get("status", {})
    if metadata.deleting:
        yield Violation(where, "", "is still being deleted")
        return
    if status.get("observedGeneration") != metadata.generation:
        seen = status.get("observedGeneration")
        yield Violation(where, "status.observedGeneration", f"{seen} of {metadata.generation}")
    conditions = {c["type"]: c for c in status.get("conditions", ())}
    for kind, condition in conditions.items():
        if condition.get("observedGeneration") != metadata.generation:
            yield Violation(where, kind, "speaks of an older generation")
    for component in components:
        yield from _condition(where, conditions, component)
    managed = [c for c in components if c.state is ManagementState.MANAGED]
    ready = Truth.TRUE if all(c.truth is Truth.TRUE for c in managed) else Truth.FALSE
    if (found := conditions.get("Ready", {}).get("status")) != ready:
        text = conditions.get("Ready", {}).get("message", "")
        yield Violation(where, "Ready", f"is {found}, should be {ready}: {text}")


def _condition(where: str, conditions: Mapping[str, Any], wanted: Wanted) -> Iterator[Violation]:
    name = wanted.condition
    found = conditions.get(name, {})
    status, reason = found.get("status"), found.get("reason")
    if (status, reason) != (wanted.truth, wanted.reason):
        should = f"{wanted.truth}/{wanted.reason}"
        text = f"is {status}/{reason}, should be {should}: {found.get('message', '')}"
        yield Violation(where, name, text)


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"

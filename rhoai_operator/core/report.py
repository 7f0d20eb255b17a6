"""What reconciling did and found: values on their way to ``status``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rhoai_operator.core.changes import Action, Change
from rhoai_operator.core.conditions import Condition
from rhoai_operator.core.health import Assessment
from rhoai_operator.core.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a component was not attempted: a gate is shut, or its spec cannot be followed.

    Attributes:
        reason: CamelCase word for programs.
        message: the cause and the next step, for people.
        passing: True while it is expected to end by itself, without anybody's doing.
        retry: True where no event will tell that it ended, so that it has to be tried again.
    """

    reason: str
    message: str
    passing: bool = False
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reconciling one component did and found. A value, never an exception.

    Attributes:
        component: its name, as in ``spec.components``.
        changes: every object touched, applies before deletions.
        health: the verdict on every desired object.
        remaining: objects that are being deleted and are still there, with what holds each.
        blocked: why it was not attempted at all; None if it was.
        defines: group, version and kind of all that each definition among the objects defines.
        due: when to look again whatever happens, in seconds of the engine's clock.
        ends: when the certificate ends that a Secret among the objects holds, in UTC.
    """

    component: str
    changes: tuple[Change, ...] = ()
    health: Mapping[ObjectRef, Assessment] = field(default_factory=dict)
    remaining: Mapping[ObjectRef, str] = field(default_factory=dict)
    blocked: Blocked | None = None
    defines: Mapping[ObjectRef, frozenset[tuple[str, str, str]]] = field(default_factory=dict)
    due: float | None = None
    ends: Mapping[ObjectRef, datetime] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[Change, ...]:
        """What could not be applied or deleted."""
        return tuple(c for c in self.changes if c.action is Action.FAILED)

    @property
    def waiting(self) -> tuple[Change, ...]:
        """What an event will allow to be applied."""
        return tuple(c for c in self.changes if c.action is Action.WAITING)

    def is_touched_by(
        self, kinds: frozenset[tuple[str, str, str]], served: frozenset[tuple[str, str, str]]
    ) -> bool:
        """Tell whether anything would come out differently now.

        Args:
            kinds: what is served since, or no longer.
            served: all that is served now.
        """
        awaited = [change.awaits for change in self.waiting if change.awaits]
        is_only_awaited = kinds <= frozenset[tuple[str, str, str]]().union(*awaited)
        return not is_only_awaited or any(found <= served for found in awaited)

    @property
    def held(self) -> tuple[Change, ...]:
        """What others keep rewriting."""
        return tuple(c for c in self.changes if c.action is Action.HELD)

    @property
    def failed(self) -> bool:
        """True when something went wrong; waiting is not wrong."""
        return bool(self.failures) or bool(self.blocked and self.blocked.retry)

    @property
    def terminal(self) -> bool:
        """True when it failed and will again until somebody acts."""
        if self.blocked:
            return self.blocked.retry and not self.blocked.passing
        return any(not change.passing for change in self.failures)

    @property
    def put_off(self) -> bool:
        """True when it could not go on for a cause that passes by itself."""
        return bool(self.blocked and self.blocked.passing) or (self.failed and not self.terminal)

    @property
    def made(self) -> bool:
        """True when an object was made that was not there."""
        return any(c.action in (Action.CREATED, Action.CORRECTED) for c in self.changes)

    @property
    def settled(self) -> bool:
        """True when there is nothing to do before something changes."""
        return not self.failed and not self.remaining


@dataclass(frozen=True, slots=True)
class Report:
    """What to write into ``status``.

    Attributes:
        conditions: all of them, ``Ready`` first.
        phase: ``Ready``, ``Progressing`` or ``Error``.
        installed: 2.x key of each component -> whether its objects are in place.
        components: what a component tells besides, by its name in the spec.
        release: name and version of the platform.
        namespaces: those in force, ``applications`` and ``monitoring``; DSCInitialization only.
        related: objects worth a look.
    """

    conditions: tuple[Condition, ...]
    observed_generation: int
    phase: str
    installed: Mapping[str, bool] = field(default_factory=dict)
    components: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    release: Mapping[str, str] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)
    related: tuple[ObjectRef, ...] = ()

    def to_status(self) -> dict[str, Any]:
        """Return ``status`` as the CRDs have it, without what is empty."""
        status = {
            "observedGeneration": self.observed_generation,
            "phase": self.phase,
            "conditions": [condition.to_dict() for condition in self.conditions],
            "installedComponents": dict(self.installed),
            "components": {name: dict(told) for name, told in self.components.items()},
            "release": dict(self.release),
            "namespaces": dict(self.namespaces),
            "relatedObjects": [_reference(ref) for ref in self.related],
        }
        return {key: value for key, value in status.items() if value not in ({}, [])}


def _reference(ref: ObjectRef) -> dict[str, str]:
    row = {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace}
    return {key: value for key, value in (row | {"name": ref.name}).items() if value}

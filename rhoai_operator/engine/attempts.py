"""What came of the newest attempt at each component, and for which intent it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rhoai_operator.api import datasciencecluster
from rhoai_operator.api.metadata import Metadata
from rhoai_operator.core.report import Outcome
from rhoai_operator.reconcile.platform import Intent


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a custom resource's intent."""

    uid: str
    generation: int
    deleting: bool
    paused: bool = False

    @classmethod
    def of(cls, metadata: Metadata, *, paused: bool = False) -> Version:
        """Read it off metadata."""
        return cls(metadata.uid, metadata.generation, metadata.deleting, paused)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The versions of both ruling objects; None where there is none."""

    dsc: Version | None = None
    dsci: Version | None = None

    @classmethod
    def of(cls, intent: Intent) -> Stamp:
        """Stamp an intent."""
        return cls(
            Version.of(intent.dsc.metadata, paused=intent.paused) if intent.dsc else None,
            Version.of(intent.dsci.metadata) if intent.dsci else None,
        )

    def of_kind(self, kind: str) -> Version | None:
        """Return the version of the object of this kind."""
        return self.dsc if kind == datasciencecluster.KIND else self.dsci


@dataclass(frozen=True, slots=True)
class Attempt:
    """An outcome and the intent it answers."""

    stamp: Stamp
    outcome: Outcome


class Attempts:
    """The newest attempt at each component, and those who wait for news of them."""

    def __init__(self) -> None:
        self._newest: dict[str, Attempt] = {}
        self._waiting: set[asyncio.Event] = set()

    def record(self, name: str, attempt: Attempt) -> None:
        """Replace the component's newest attempt."""
        self._newest[name] = attempt
        self.wake()

    def wake(self) -> None:
        """Have everyone who waits look again."""
        for event in self._waiting:
            event.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition holds that only attempts, or what calls ``wake``, can change."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while not holds():
                await event.wait()
                event.clear()
        finally:
            self._waiting.discard(event)

    def newest(self, name: str) -> Attempt | None:
        """Return the newest attempt at a component, None before the first."""
        return self._newest.get(name)

    def outcomes(self, stamp: Stamp) -> Mapping[str, Outcome]:
        """Return the outcomes that answer this intent, by component."""
        rows = self._newest.items()
        return {name: attempt.outcome for name, attempt in rows if attempt.stamp == stamp}

    def conclusive(self, names: Iterable[str], stamp: Stamp) -> bool:
        """Tell whether all of these were attempted for this intent, and not just put off."""
        outcomes = self.outcomes(stamp)
        found = [outcomes.get(name) for name in names]
        return all(o and not (o.blocked and o.blocked.passing) for o in found)

"""What is not computed, or sent, twice."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from rhoai_operator.core.inventory import Record
from rhoai_operator.core.objects import Manifest, ObjectRef, digest
from rhoai_operator.core.packed import Packed
from rhoai_operator.core.version import live_version


class Memo:
    """Remembers the digest of each desired object, the version of the live one, and the last apply.

    What a digest was computed from is told by identity: rendered and watched objects do not
    change, they are replaced.

    Attributes:
        applied: what was last applied under a name.
        turns: to be held while an object is applied: components that share one, as definitions
            are shared, would send it at the same time.
    """

    def __init__(self) -> None:
        self.applied: dict[ObjectRef, Record] = {}
        self.turns: defaultdict[ObjectRef, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._digests: dict[ObjectRef, tuple[Manifest, str]] = {}
        self._versions: dict[ObjectRef, tuple[Manifest, Manifest, str]] = {}

    def is_applying(self, ref: ObjectRef) -> bool:
        """Tell whether an object is being applied now."""
        return ref in self.turns and self.turns[ref].locked()

    def digest(self, ref: ObjectRef, wanted: Manifest) -> str:
        """See :func:`rhoai_operator.core.objects.digest`."""
        if isinstance(wanted, Packed):
            return wanted.digest
        known = self._digests.get(ref)
        if known and known[0] is wanted:
            return known[1]
        found = digest(wanted)
        self._digests[ref] = (wanted, found)
        return found

    def version(self, ref: ObjectRef, live: Manifest, wanted: Manifest) -> str:
        """See :func:`rhoai_operator.core.version.live_version`."""
        known = self._versions.get(ref)
        if known and known[0] is live and known[1] is wanted:
            return known[2]
        found = live_version(live, wanted, self.digest(ref, wanted))
        self._versions[ref] = (live, wanted, found)
        return found

    def forget(self, refs: Iterable[ObjectRef]) -> None:
        """Forget objects that are gone."""
        for ref in refs:
            self.applied.pop(ref, None)
            self._digests.pop(ref, None)
            self._versions.pop(ref, None)

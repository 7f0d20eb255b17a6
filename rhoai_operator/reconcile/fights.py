"""Fights: fields that another field manager keeps rewriting."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rhoai_operator.core.fields import Claim
from rhoai_operator.core.objects import ObjectRef

WINDOW_SECONDS = 300.0
"""Rewrites longer ago do not count."""
REWRITES = 3
"""So many of one field by one field manager within the window are a fight."""
DELETIONS = 10
"""So many of any kind are one as well: deletions above all, where nobody can tell by whom."""
FIRST_TRUCE = 60.0
LONGEST_TRUCE = 300.0
"""Seconds until the field is set again; doubled with every rewrite more."""
MOST_OBJECTS = 1000
_MOST_TIMES = 32


@dataclass(frozen=True, slots=True)
class Fight:
    """A field that is rewritten again and again.

    Attributes:
        claim: the field, and who rewrites it as far as that is known.
        count: rewrites lately.
        until: when the field is set again, in seconds of the caller's clock.
    """

    ref: ObjectRef
    claim: Claim
    count: int
    until: float

    def __str__(self) -> str:
        """Say who rewrites what, how often."""
        if not self.claim.path:
            return f"changed or deleted {self.count} times in 5 min, and set right each time"
        who = f"field manager {self.claim.owner or 'unknown'}"
        return f"{who} has rewritten {self.claim.path} {self.count} times in 5 min"


@dataclass(slots=True)
class _Quarrel:
    """What is remembered of one object.

    Attributes:
        counted: what its newest rewrite was counted as; empty once that is set right.
        fight: the newest one.
    """

    counted: tuple[Claim, ...] = ()
    fight: Fight | None = None
    times: dict[Claim, deque[float]] = field(default_factory=dict)


class Fights:
    """What had to be set right lately. Bounded: the object longest quiet is forgotten.

    Times are in seconds of a clock that never goes back.
    """

    def __init__(self) -> None:
        self._quarrels: dict[ObjectRef, _Quarrel] = {}

    def __iter__(self) -> Iterator[Fight]:
        """Go through the newest fight over each object, whether or not its truce lasts."""
        return (q.fight for q in tuple(self._quarrels.values()) if q.fight)

    def standing(self, ref: ObjectRef, now: float) -> Fight | None:
        """Return the fight over an object while its truce lasts."""
        quarrel = self._quarrels.get(ref)
        fight = quarrel.fight if quarrel else None
        return fight if fight and now < fight.until else None

    def rewritten(self, ref: ObjectRef, claims: Iterable[Claim], now: float) -> Fight | None:
        """Note that an object was found rewritten; return the fight, if it is one by now.

        It counts once until it is set right.

        Args:
            claims: the fields; empty where nobody can tell which, and by whom.
        """
        quarrel = self._quarrels.pop(ref, None) or _Quarrel()
        self._quarrels[ref] = quarrel
        if len(self._quarrels) > MOST_OBJECTS:
            del self._quarrels[next(iter(self._quarrels))]
        if quarrel.counted:
            return None
        quarrel.counted = (*dict.fromkeys(claims), _ANYTHING)
        known, begin = quarrel.times, now - WINDOW_SECONDS
        quarrel.times = {claim: times for claim, times in known.items() if times[-1] > begin}
        for claim in quarrel.counted:
            quarrel.times.setdefault(claim, deque(maxlen=_MOST_TIMES)).append(now)
        found = (_fight(ref, claim, times, now) for claim, times in quarrel.times.items())
        quarrel.fight = max(filter(None, found), key=_clearness, default=None)
        return quarrel.fight

    def corrected(self, ref: ObjectRef) -> None:
        """Note that an object was set right, so that the next change is a new one."""
        if quarrel := self._quarrels.get(ref):
            quarrel.counted = ()

    def unfounded(self, ref: ObjectRef) -> None:
        """Note that there was nothing to set right: the newest rewrite was of what is not ours."""
        if quarrel := self._quarrels.get(ref):
            for claim in quarrel.counted:
                quarrel.times[claim].pop()
            quarrel.times = {claim: times for claim, times in quarrel.times.items() if times}
            quarrel.counted = ()


_ANYTHING = Claim("", "")
"""Stands for every rewrite, whatever the field and the field manager."""


def _clearness(fight: Fight) -> tuple[bool, int]:
    return (bool(fight.claim.path), fight.count)


def _fight(ref: ObjectRef, claim: Claim, times: deque[float], now: float) -> Fight | None:
    recent = [at for at in times if at > now - WINDOW_SECONDS]
    most = REWRITES if claim.path else DELETIONS
    if len(recent) < most or recent[-1] < now:
        return None
    truce = min(FIRST_TRUCE * 2.0 ** (len(recent) - most), LONGEST_TRUCE)
    return Fight(ref, claim, len(recent), now + truce)

"""What a Lease says, and what its holder writes into it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rhoai_operator.core.objects import Manifest


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds; ``duration`` is more than ``renew_deadline``, which is more than ``retry``.

    Attributes:
        duration: others wait so long after a renewal before they take over.
        renew_deadline: the holder writes so long after a renewal.
        retry: between renewals, and between attempts that fail.
    """

    duration: float = 15.0
    renew_deadline: float = 10.0
    retry: float = 2.0


@dataclass(frozen=True, slots=True)
class Record:
    """Who holds a Lease. It has been renewed if anything of this changed, whatever the times are.

    Attributes:
        duration: seconds that others have to wait after a renewal; 0 if it does not say.
    """

    holder: str = ""
    renewed: str = ""
    transitions: int = 0
    duration: float = 0.0

    @classmethod
    def of(cls, live: Manifest) -> Self:
        """Read a Lease, by whomever it was written."""
        spec: Mapping[str, Any] = live.get("spec") or {}
        return cls(
            spec.get("holderIdentity") or "",
            spec.get("renewTime") or "",
            spec.get("leaseTransitions") or 0,
            spec.get("leaseDurationSeconds") or 0.0,
        )

    def claim(self, holder: str, duration: float, stamp: str) -> dict[str, Any]:
        """Return the spec of the Lease that follows this one, held by ``holder``."""
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": math.ceil(duration),
            "renewTime": stamp,
            "leaseTransitions": self.transitions,
        }
        if holder != self.holder:
            taken = self != Record()  # the first to hold it has taken it from nobody
            spec |= {"acquireTime": stamp, "leaseTransitions": self.transitions + taken}
        return spec


def release(stamp: str) -> dict[str, Any]:
    """Return what makes a Lease nobody's, so that nobody waits for its end."""
    return {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": stamp}

"""What should happen to each component, decided before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rhoai_operator.core.overrides import Overrides
from rhoai_operator.core.policies import Policies


class ManagementState(StrEnum):
    """Who looks after a component's objects.

    ``Managed``: the operator brings them up and keeps them. ``Removed``: it deletes them.
    ``Unmanaged``: it leaves them exactly as they are.
    """

    MANAGED = "Managed"
    REMOVED = "Removed"
    UNMANAGED = "Unmanaged"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a component lacks because the cluster does.

    Attributes:
        message: what that is, and the way out.
        reason: of its condition, which is False for it; empty where it works nevertheless.
    """

    message: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One component's part in the plan.

    Attributes:
        component: its name, as in ``spec.components``.
        kind: CamelCase name; its condition type is ``f"{kind}Ready"``.
        state: ``Removed`` renders nothing, so everything the component owned is pruned.
        context: all that its templates may mention.
        available: False while the catalog has no templates for it.
        problem: why its part of the spec cannot be followed, naming the field; empty if it can.
        ignored: fields of its part of the spec that nothing acts on yet, as dotted paths.
        policies: what it says of its objects, and of what must be there before them.
        missing: which values of the cluster its templates wait for, and what to do; empty if
            they are all there.
        reductions: what it is without, on this cluster.
        overrides: what users set in place of what its workloads have by default.
        tells: what ``status.components`` says of it besides.
        absent: it is not to be reported on, since this cluster can have no use for it.
    """

    component: str
    kind: str
    state: ManagementState
    context: Mapping[str, Any]
    available: bool = True
    problem: str = ""
    ignored: tuple[str, ...] = ()
    policies: Policies = field(default_factory=Policies)
    missing: str = ""
    reductions: tuple[Reduction, ...] = ()
    overrides: Overrides = field(default_factory=Overrides)
    tells: Mapping[str, Any] = field(default_factory=dict)
    absent: bool = False

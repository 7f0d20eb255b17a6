"""What chaos befalls: a stage, what its users want, and what happens to it in one round."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rhoai_operator.core.objects import UNOWNED_KINDS, Manifest, ObjectRef, is_created_once
from tests.differences import differences, overlap
from tests.faults import HalfOpen, Rule, StaleWatch
from tests.madeup import NAMES
from tests.rest import Refused
from tests.stage import RIGHT_SECONDS, Stage
from tests.wait import blocking_until

DSC = ObjectRef("datasciencecluster.opendatahub.io", "DataScienceCluster", "", "default-dsc", "v1")
COMPONENTS = ("ray", *(name for name in NAMES if name != "common"))
"""Those with a field of their own."""
GREETERS = ("hooked", "provided")
VALUES = (
    ObjectRef("", "ConfigMap", "default", "provided-domain", "v1"),
    ObjectRef("", "ConfigMap", "redhat-ods-applications", "provided-theirs", "v1"),
)
"""What users have, and components read."""
USER = "user"
PEACE = 7
"""An object is let be once it was touched so often in ``PEACE_SECONDS``: ten times is a fight."""
PEACE_SECONDS = 310.0
LOOK_SECONDS = 10.0
HITS = 5
HITS_SECONDS = 1.5
_EVERY_SECONDS = 0.02


@dataclass
class World:
    """See the module.

    Attributes:
        chance: decides everything that happens.
        wanted: ``spec.components`` as users want it.
        faults: those that the proxy makes now.
    """

    stage: Stage
    chance: random.Random
    wanted: dict[str, dict[str, Any]]
    faults: list[Rule] = field(default_factory=list)
    _kept: dict[ObjectRef, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    _touched: dict[ObjectRef, deque[float]] = field(default_factory=dict)

    def want(self) -> None:
        """Apply the DataScienceCluster."""
        body = {
            "apiVersion": DSC.api_version,
            "kind": DSC.kind,
            "metadata": {"name": DSC.name},
            "spec": {"components": self.wanted},
        }
        self.stage.rest.apply(body, USER)

    def find_ground(self) -> None:
        """Wait for the namespaces, in which users' own have their place."""
        namespaces = [ObjectRef("", "Namespace", "", ref.namespace, "v1") for ref in VALUES]
        blocking_until(
            lambda: all(map(self.stage.rest.get, namespaces)), RIGHT_SECONDS, "there are namespaces"
        )

    def calm(self) -> None:
        """Have the faults happen for a moment, then no more; what they hold up breaks."""
        lull(lambda: all(rule.hits >= HITS for rule in self.faults), HITS_SECONDS)
        self.stage.proxy.lift(*self.faults)
        if any(isinstance(rule.fault, HalfOpen | StaleWatch) for rule in self.faults):
            self.stage.proxy.hang_up()
        self.faults.clear()

    def recover(self) -> None:
        """Have an operator and no fault, in whichever order."""
        partial = all(rule.rate < 1 for rule in self.faults)
        if partial and self.chance.random() < 0.5:
            assert self.stage.operator.is_alive
        self.calm()
        assert self.stage.operator.is_alive

    def owned(self) -> list[ObjectRef]:
        """Return what may be touched: the operator's, but definitions, namespaces, what fights."""
        return sorted(
            ref
            for ref, live in blocking_until(self._labelled, LOOK_SECONDS, "what there is").items()
            if ref.kind not in UNOWNED_KINDS and not is_created_once(live) and self._in_peace(ref)
        )

    def some(self, objects: Sequence[ObjectRef], most: int) -> list[ObjectRef]:
        """Choose up to ``most`` objects to touch, and remember that they are."""
        count = min(len(objects), self.chance.randint(1, most))
        chosen = self.chance.sample(objects, count)
        for ref in chosen:
            self._touched.setdefault(ref, deque(maxlen=PEACE)).append(time.monotonic())
        return chosen

    def keep(self, ref: ObjectRef, patch: Mapping[str, Any]) -> None:
        """Remember what of an object is to stay as it is, for as long as the object is the same."""
        if live := self.stage.rest.get(ref):
            self._kept[ref] = (live["metadata"]["uid"], patch)

    def lost(self) -> list[str]:
        """Say what somebody had set and is not as they set it."""
        found = []
        for ref, (uid, patch) in tuple(self._kept.items()):
            live = self.stage.rest.get(ref)
            if live is None or live["metadata"]["uid"] != uid:
                del self._kept[ref]
            elif wrong := list(differences(overlap(live, patch), patch)):
                found.append(f"{ref}: {wrong}")
        return found

    def _labelled(self) -> Mapping[ObjectRef, Manifest]:
        try:
            return self.stage.oracle.look().labelled
        except Refused:  # as lists are while a new kind's cache is made
            return {}

    def _in_peace(self, ref: ObjectRef) -> bool:
        times = self._touched.get(ref, ())
        lately = [t for t in times if t > time.monotonic() - PEACE_SECONDS]
        return len(lately) < PEACE


def lull(condition: Callable[[], object], seconds: float) -> None:
    """Let time pass until the condition holds, and these seconds at most."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(_EVERY_SECONDS)

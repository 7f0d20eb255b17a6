"""From what users write to what holds for a component's workloads. Pure."""

from __future__ import annotations

from typing import Any

from rhoai_operator.api import overrides as api
from rhoai_operator.api.placement import Placement
from rhoai_operator.core.overrides import Overrides


def overrides_of(own: api.Overrides | None, everywhere: Placement | None) -> Overrides:
    """Return what is set for a component; a field that it does not set is everyone's."""
    found = {**_given(everywhere), **_given(own)}
    return Overrides(
        replicas=found.get("replicas"),
        resources=found.get("resources", {}),
        node_selector=found.get("nodeSelector", {}),
        tolerations=tuple(found.get("tolerations", ())),
        affinity=found.get("affinity", {}),
        priority_class_name=found.get("priorityClassName", ""),
        env=tuple(found.get("env", ())),
        image_pull_secrets=tuple(found.get("imagePullSecrets", ())),
    )


def _given(model: Placement | None) -> dict[str, Any]:
    """Return what a user has written, empty values left out."""
    written = model.model_dump(by_alias=True, exclude_unset=True, mode="json") if model else {}
    return {name: value for name, value in written.items() if value or value == 0}

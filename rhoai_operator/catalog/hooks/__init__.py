"""Values that have to be computed: one pure function each, named in ``component.yaml``."""

from __future__ import annotations

from collections.abc import Mapping

from rhoai_operator.catalog.hooks.accelerators import accelerators
from rhoai_operator.core.values import Hook

HOOKS: Mapping[str, Hook] = {"accelerators": accelerators}
"""By the name that ``values`` in ``component.yaml`` has for it."""

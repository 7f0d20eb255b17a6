"""Leaves the synchronous half of the Kubernetes client out: 0.1 s of a start, and 7 MB for good."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from types import ModuleType

PACKAGE = "kubernetes"


def spare_synchronous_client() -> None:
    """Let ``kubernetes.aio`` be imported without what its package's ``__init__`` imports.

    That is all of the synchronous client and what that one needs. It has to be called before
    anything imports the package; later nothing happens.
    """
    spec = PathFinder.find_spec(PACKAGE)
    if PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
        return
    package = ModuleType(PACKAGE, "See ``rhoai_operator.cluster.sparing``.")
    package.__spec__ = spec
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[PACKAGE] = package

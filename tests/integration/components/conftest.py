"""A platform with all real components, on a control plane of its own.

The tests of a module follow each other on it: each leaves every component Managed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hack import openshift
from hack.control_plane import build
from rhoai_operator.catalog.loader import Catalog, load_catalog
from tests import cluster
from tests.account import account, accounted
from tests.cluster import ControlPlane
from tests.kubeconfig import access
from tests.rest import Rest
from tests.running import CRDS, Operator, View
from tests.stage import installed
from tests.wait import blocking_until

MANIFESTS = Path(__file__).parents[3] / "manifests"
SETTLED_SECONDS = 90.0
READY = "True/Ready"


@dataclass
class Platform:
    """What the tests do and see.

    Attributes:
        ready: the components that are to be Ready here; others say why they are not.
    """

    view: View
    rest: Rest
    catalog: Catalog
    kubectl: openshift.Kubectl
    operator: Operator
    ready: frozenset[str] = frozenset()
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def components(self) -> list[str]:
        """Those that users switch."""
        owned = self.catalog.owned_by("DataScienceCluster")
        return [c.name for c in owned if c.name in self.catalog.available and not c.shared_by]

    def ask(self, removed: Mapping[str, str] | None = None, **fields: dict[str, Any]) -> None:
        """Have all components Managed but those in other states, with these fields."""
        states = dict.fromkeys(self.components, "Managed") | dict(removed or {})
        spec = {name: {"managementState": s, **fields.get(name, {})} for name, s in states.items()}
        self.view.apply("DataScienceCluster", "default-dsc", {"components": spec})

    def reason(self, name: str) -> str:
        """Return ``status/reason`` of a component's condition; empty if there is none."""
        return self.view.reason(self.catalog.components[name].condition)

    def message(self, name: str) -> str:
        found = self.view.conditions().get(self.catalog.components[name].condition, {})
        return str(found.get("message", ""))

    def settle(self, expected: Mapping[str, str] | None = None) -> None:
        """Wait until all components are Ready but those that are to say something else."""
        wanted = dict.fromkeys(self.components, READY) | dict(expected or {})

        def others() -> dict[str, str]:
            found = self.view.conditions()
            conditions = {
                name: found.get(self.catalog.components[name].condition, {}) for name in wanted
            }
            said = {n: f"{c.get('status')}/{c.get('reason')}" for n, c in conditions.items()}
            return {n: said[n] for n in wanted if said[n] != wanted[n]}

        blocking_until(
            lambda: not (last := others()) or _note(last), SETTLED_SECONDS, f"settled: {_LAST}"
        )


_LAST: dict[str, str] = {}


def _note(others: Mapping[str, str]) -> bool:
    """Keep for the message what has not come about."""
    _LAST.clear()
    _LAST.update(others)
    return False


Opened = Callable[..., Platform]


@pytest.fixture(scope="module")
def control_plane(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    folder = tmp_path_factory.mktemp("components")
    record = pytestconfig.getoption("--record-rights")
    with cluster.running(folder, build) as running, accounted(running, record):
        yield running


@pytest.fixture(scope="module")
def open_platform(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Start an operator and ask for everything; in the end all of it goes."""
    with ExitStack() as stack:

        def opened(*, stubs: bool, **env: str) -> Platform:
            view = installed(control_plane, CRDS)
            kubectl = (str(Path(control_plane.kubeconfig).parent / "kubectl"),)
            if stubs:
                openshift.install(kubectl)
                stack.enter_context(openshift.stand_ins(kubectl))
            folder = tmp_path_factory.mktemp("operator")
            kubeconfig = account(control_plane, folder / "kubeconfig")
            operator = Operator(kubeconfig, folder / "operator.log", env)
            stack.callback(operator.end)
            rest = stack.enter_context(closing(Rest(access(control_plane.kubeconfig))))
            operator.start()
            stack.callback(view.clear)
            platform = Platform(view, rest, load_catalog(MANIFESTS), kubectl, operator)
            platform.ask()
            return platform

        yield opened

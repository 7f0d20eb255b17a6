from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from rhoai_operator.core.objects import ObjectRef
from tests.cluster import ControlPlane
from tests.kubeconfig import access
from tests.madeup import APIS, MadeUp, foreign_api, make_up
from tests.oracle import Oracle
from tests.proxy import Proxy
from tests.rest import Rest
from tests.running import CRDS, Operator, View
from tests.wait import blocking_until

Start: TypeAlias = Callable[..., Operator]
"""Start an operator with some environment."""

GONE_SECONDS = 20.0


@pytest.fixture
def view(control_plane: ControlPlane) -> View:
    """The cluster as a user sees it, with our API installed."""
    return installed(control_plane, CRDS)


@pytest.fixture
def start(view: View, tmp_path: Path) -> Iterator[Start]:
    """Start an operator with some environment; it and what it made is gone after the test."""

    def gone() -> None:
        blocking_until(lambda: not view.owned("ray"), GONE_SECONDS, "nothing of ray is left")

    with _operators(view, view.cluster.kubeconfig, tmp_path, {}, gone) as start:
        yield start


@dataclass(frozen=True)
class Stage:
    """A platform with the made-up components, its operator behind a proxy.

    Attributes:
        rest: the API server, past the proxy.
        start: starts an operator that reaches the API server through the proxy.
    """

    view: View
    made_up: MadeUp
    proxy: Proxy
    rest: Rest
    oracle: Oracle
    start: Start


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    return make_up(tmp_path_factory.mktemp("made-up"))


@pytest.fixture
def stage(control_plane: ControlPlane, made_up: MadeUp, tmp_path: Path) -> Iterator[Stage]:
    """Set the stage; after the test, what was made on it has to go, and all of it does."""
    view, reached = installed(control_plane, made_up.crds), access(control_plane.kubeconfig)
    rest = Rest(reached)
    oracle = Oracle(rest, made_up.manifests)

    def gone() -> None:
        oracle.settle(GONE_SECONDS)
        for plural in APIS:
            rest.delete(ObjectRef.of(foreign_api(plural)))

    with closing(rest), Proxy(reached) as proxy:
        through = proxy.kubeconfig(tmp_path / "kubeconfig")
        with _operators(view, through, tmp_path, made_up.env, gone) as start:
            yield Stage(view, made_up, proxy, rest, oracle, start)
            proxy.lift()


def installed(control_plane: ControlPlane, crds: Path) -> View:
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(crds))
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(crds))
    return View(control_plane)


@contextmanager
def _operators(
    view: View, kubeconfig: Path, folder: Path, base: Mapping[str, str], gone: Callable[[], None]
) -> Iterator[Start]:
    """Give what starts operators; in the end one that lives removes all, as ``gone`` checks."""
    started: list[Operator] = []

    def start(**env: str) -> Operator:
        operator = Operator(kubeconfig, folder / f"{len(started)}.log", {**base, **env})
        started.append(operator)
        operator.start()
        return operator

    try:
        yield start
        if not any(operator.is_alive for operator in started):
            start()
        view.clear()
        gone()
    finally:
        for operator in started:
            operator.end()

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hack.control_plane import AUDIT_LOG
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.core.objects import ObjectRef
from tests.account import account
from tests.audit import AuditLog
from tests.cluster import ControlPlane
from tests.integration.conftest import GONE_SECONDS, installed
from tests.integration.keeping.steps import Open, Scene
from tests.kubeconfig import access
from tests.madeup import APIS, MadeUp, foreign_api
from tests.oracle import Oracle
from tests.rest import Rest
from tests.running import Operator


@pytest.fixture(scope="module")
def open_scene(
    control_plane: ControlPlane, made_up: MadeUp, tmp_path_factory: pytest.TempPathFactory
) -> Open:
    """Open a scene: an operator with some environment, and what users see of it.

    In the end everything has to go, and all of it does.
    """

    @contextmanager
    def opened(catalog: MadeUp = made_up, **env: str) -> Iterator[Scene]:
        view, folder = installed(control_plane, catalog.crds), control_plane.folder
        assert folder
        logs = tmp_path_factory.mktemp("scene")
        kubeconfig = account(control_plane, logs / "kubeconfig", catalog.manifests)
        operator = Operator(kubeconfig, logs / "operator.log", {**catalog.env, **env})
        with closing(Rest(access(control_plane.kubeconfig))) as rest:
            oracle = Oracle(rest, catalog.manifests)
            log = AuditLog(Path(folder, AUDIT_LOG), lambda path: rest.request("GET", path))
            components = len(load_catalog(catalog.manifests).components)
            scene = Scene(view, rest, oracle, log, operator, catalog, components)
            try:
                operator.start()
                yield scene
                if not operator.is_alive:
                    operator.start()
                view.clear()
                oracle.settle(GONE_SECONDS)
            finally:
                operator.end()
                for plural in APIS:
                    rest.delete(ObjectRef.of(foreign_api(plural)))

    return opened

"""The command, as users call it, on a cluster that is a fake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.cli import session
from rhoai_operator.cli.main import rhoai as command
from rhoai_operator.core.objects import Manifest
from rhoai_operator.settings import MANIFESTS
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

Rhoai: TypeAlias = Callable[..., Result]
"""Run the command on a cluster with these arguments."""


class Reached(FakeCluster):
    """One that can be let go."""

    closed = False

    async def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    return load_catalog(MANIFESTS)


@pytest.fixture(autouse=True)
def _the_shipped_catalog_is_read_once(monkeypatch: pytest.MonkeyPatch, shipped: Catalog) -> None:
    def load(folder: Path) -> Catalog:
        return shipped if folder == MANIFESTS else load_catalog(folder)

    for module in ("session", "lint", "explain", "render"):
        monkeypatch.setattr(f"rhoai_operator.cli.{module}.load_catalog", load)


@pytest.fixture
def rhoai(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rhoai:
    monkeypatch.chdir(tmp_path)

    def run(cluster: Reached, *args: str, stdin: str = "") -> Result:
        async def connect(**_: Any) -> Reached:
            return cluster

        monkeypatch.setattr(session, "connect", connect)
        done = CliRunner().invoke(command, args, input=stdin)
        assert cluster.closed
        return done

    return run


def condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


RELEASE = {"name": "OpenShift AI Self-Managed", "version": "0.1.0"}


def a_dsc(*conditions: dict[str, Any], **states: str) -> Manifest:
    components = {name: {"managementState": state} for name, state in states.items()}
    status = {"conditions": list(conditions), "release": RELEASE}
    when = {"creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1}
    return an(
        "DataScienceCluster",
        "default-dsc",
        metadata=when,
        spec={"components": components},
        status=status,
    )


def a_dsci(*conditions: dict[str, Any]) -> Manifest:
    status = {"conditions": list(conditions), "release": RELEASE}
    when = {"creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1}
    return an("DSCInitialization", "default-dsci", metadata=when, spec={}, status=status)

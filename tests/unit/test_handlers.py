from __future__ import annotations

from typing import Any

import kopf
import pytest

from rhoai_operator import handlers

BODY = kopf.Body({"metadata": {"uid": "u", "name": "x"}})
OTHER = kopf.Body({"metadata": {"uid": "v", "name": "x"}})


class Engine:
    """Nobody asks it anything here."""

    async def submit(self, kind: str, uid: str, generation: int) -> tuple[str, ...]:
        raise NotImplementedError

    async def attempted(self, name: str, kind: str, uid: str, generation: int) -> object:
        raise NotImplementedError

    async def removed(self, kind: str, uid: str) -> None:
        raise NotImplementedError

    async def release(self, kind: str, name: str, finalizers: Any) -> None:
        raise NotImplementedError


def test_both_kinds_are_handled_from_creation_to_deletion() -> None:
    registry = kopf.OperatorRegistry()

    handlers.register(registry, Engine())

    changing = {
        (
            handler.selector.any_name,
            handler.id,
            handler.reason.value if handler.reason else "resume",
        )
        for handler in registry._changing.get_all_handlers()
        if handler.selector
    }
    reconcile = {("reconcile", "create"), ("reconcile", "update"), ("reconcile", "resume")}
    plurals = ("datascienceclusters", "dscinitializations")
    assert changing == {
        (plural, *what) for plural in plurals for what in {*reconcile, ("remove", "delete")}
    }


def test_kopf_writes_nothing_but_the_finalizer() -> None:
    chosen = handlers.settings()

    assert chosen.peering.standalone
    assert chosen.scanning.disabled
    assert not chosen.posting.enabled
    assert chosen.persistence.finalizer == handlers.FINALIZER
    assert handlers.FINALIZER not in handlers.LEGACY_FINALIZERS


def test_progress_stays_in_memory_and_touches_no_object() -> None:
    storage: Any = handlers.settings().persistence.progress_storage
    patch = kopf.Patch()

    storage.store(key="k", record={"success": True}, body=BODY, patch=patch)
    storage.touch(body=BODY, patch=patch, value="now")

    assert storage.fetch(key="k", body=BODY) == {"success": True}
    assert storage.fetch(key="k", body=OTHER) is None
    storage.purge(key="k", body=BODY, patch=patch)
    assert storage.fetch(key="k", body=BODY) is None
    assert not patch


def test_what_was_handled_last_stays_in_memory() -> None:
    storage: Any = handlers.settings().persistence.diffbase_storage
    patch = kopf.Patch()

    storage.store(body=BODY, patch=patch, essence={"spec": 1})

    assert storage.fetch(body=BODY) == {"spec": 1}
    assert storage.fetch(body=OTHER) is None
    assert not patch


@pytest.mark.parametrize("group", ["datasciencecluster", "dscinitialization"])
def test_the_finalizers_of_the_go_operator_are_known(group: str) -> None:
    assert f"{group}.opendatahub.io/finalizer" in handlers.LEGACY_FINALIZERS

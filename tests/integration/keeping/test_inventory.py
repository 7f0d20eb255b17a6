"""What was applied is never forgotten: not by a crash, not by a new release, not by anybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.keeping.steps import OPERATORS, SECONDS, Open, Scene, ref
from tests.madeup import COMPONENTS, MadeUp, make_up
from tests.snapshot import look
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers", "audit-log")

INVENTORY = ref("v1", "ConfigMap", "rhoai-inventory-hooked", OPERATORS)
MOVES = ref("v1", "ConfigMap", "moves")
ENDS = ref("v1", "ConfigMap", "ends")
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {{{{ namespace | json }}}}
data:
  from: {name}
"""


def release(folder: Path, **extra: tuple[str, ...]) -> MadeUp:
    """Make the catalog of a release that has a ConfigMap or two more in some components."""
    made = make_up(folder)
    for component, names in extra.items():
        own = made.manifests / component
        own.unlink()
        shutil.copytree(COMPONENTS / component, own)
        for name in names:
            (own / "templates" / f"{name}.yaml.j2").write_text(TEMPLATE.format(name=name))
    return made


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeUp, MadeUp]:
    """An old one, and a new one in which an object moves to another component and one ends."""
    folder = tmp_path_factory.mktemp("releases")
    old = release(folder / "old", lender=("moves", "ends"))
    return old, release(folder / "new", hooked=("moves",))


@pytest.fixture(scope="module")
def scene(open_scene: Open, releases: tuple[MadeUp, MadeUp]) -> Iterator[Scene]:
    with open_scene(releases[0]) as scene:
        yield scene


def test_it_is_written_before_the_first_object_and_once_after(scene: Scene) -> None:
    mark = scene.mark()
    scene.managed("hooked", "lender")
    scene.oracle.settle(SECONDS)

    paths = [r.path for r in scene.requests(mark) if r.is_write]
    first = next(p for p in paths if p.endswith(("/hooked", "/rhoai-inventory-hooked")))
    assert first == scene.path(INVENTORY)
    assert paths.count(first) <= 3  # the webhook configuration comes later, when pods are Ready
    assert paths.count(first.replace("hooked", "lender")) == 2


def test_one_that_is_deleted_is_written_again(scene: Scene) -> None:
    before, mark = scene.inventory("hooked"), scene.mark()

    scene.rest.delete(INVENTORY)

    blocking_until(lambda: scene.inventory("hooked") == before, SECONDS, "it is as it was")
    scene.is_idle()
    assert scene.writes(mark) == [f"patch {scene.path(INVENTORY)}"]


def test_a_lost_one_is_found_by_labels_and_nothing_else_is_written(scene: Scene) -> None:
    before, versions = scene.inventory("hooked"), look(scene.rest).versions
    scene.operator.stop()
    scene.rest.delete(INVENTORY)

    scene.restart()

    blocking_until(lambda: scene.inventory("hooked") == before, SECONDS, "it is as it was")
    scene.oracle.settle(SECONDS)
    assert look(scene.rest).versions == versions


def test_nothing_is_left_of_a_component_whose_inventory_was_lost(scene: Scene) -> None:
    scene.operator.stop()
    for name in ("hooked", "lender"):
        scene.rest.delete(ref("v1", "ConfigMap", f"rhoai-inventory-{name}", OPERATORS))
    scene.managed("lender", hooked="Removed")

    scene.restart()

    scene.reads("HookedReady", "False/Removed")
    scene.oracle.settle(SECONDS)
    assert not scene.view.owned("hooked")
    assert not scene.inventory("hooked")
    assert MOVES in scene.inventory("lender")


def test_a_new_release_hands_over_and_ends(scene: Scene, releases: tuple[MadeUp, MadeUp]) -> None:
    scene.managed("lender", "hooked")
    scene.oracle.settle(SECONDS)
    before = scene.live(MOVES)["metadata"]["uid"]
    mark = scene.mark()

    scene.restart(**releases[1].env)

    scene.is_gone(ENDS)

    def has_moved() -> bool:
        return MOVES in scene.inventory("hooked") - scene.inventory("lender")

    blocking_until(has_moved, SECONDS, "the other component has it")
    live = scene.live(MOVES)["metadata"]
    assert live["uid"] == before
    assert live["labels"]["app.kubernetes.io/part-of"] == "hooked"
    assert "app.opendatahub.io/lender" not in live["labels"]
    assert f"delete {scene.path(MOVES)}" not in scene.writes(mark)


def test_what_was_handed_over_stays_when_the_first_goes(scene: Scene) -> None:
    uid = scene.live(MOVES)["metadata"]["uid"]

    scene.managed("hooked", lender="Removed")

    scene.reads("LenderReady", "False/Removed")
    assert scene.live(MOVES)["metadata"]["uid"] == uid
    scene.managed(hooked="Removed", lender="Removed")
    scene.reads("HookedReady", "False/Removed")
    assert scene.rest.get(MOVES) is None

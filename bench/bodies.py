"""The bodies that the operator should apply, from its own renderer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.api import Object
from hack.openshift import DOMAIN
from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.core.objects import ObjectRef, Owner
from rhoai_operator.core.values import ObjectValue
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

PLATFORM = "rhoai"


def bodies(
    manifests: Path, components: Sequence[str], dsc: Object, dsci: Object
) -> Mapping[str, Sequence[Object]]:
    """Render components as these custom resources ask for, owner references included.

    What several have in common comes with the first. What is generated, and what is read from the
    cluster but for its kinds, are marks.
    """
    catalog = load_catalog(manifests)
    planner = Planner(catalog, catalog.platforms[PLATFORM], {"RHOAI_INGRESS_DOMAIN": DOMAIN})
    renderer = Renderer(manifests)
    cluster, initialization = datasciencecluster.parse(dsc), dscinitialization.parse(dsci)
    found: dict[str, Sequence[Object]] = {}
    seen: set[ObjectRef] = set()
    for name in components:
        values = {
            value.name: value.placeholder(plain=isinstance(value, ObjectValue))
            for value in planner.values(name, initialization)
        }
        step = planner.step(name, cluster, initialization, values)
        owner = dsci if catalog.components[name].owner == dscinitialization.KIND else dsc
        desired = preview(render_step(renderer, step), step.policies).owned_by(_owner(owner))
        found[name] = [_plain(m) for m in desired.objects if ObjectRef.of(m) not in seen]
        seen |= set(map(ObjectRef.of, desired.objects))
    return found


def _plain(manifest: Object) -> Object:
    """Unwrap what the renderer keeps in types of its own."""
    plain: Object = json.loads(json.dumps(manifest, default=dict))
    return plain


def _owner(live: Object) -> Owner:
    metadata = live["metadata"]
    return Owner(live["apiVersion"], live["kind"], metadata["name"], metadata["uid"])

"""The bodies that the operator should apply, from its own renderer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.api import Object
from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.core.objects import Owner
from rhoai_operator.render.renderer import Renderer

PLATFORM = "rhoai"


def bodies(
    manifests: Path, components: Sequence[str], dsc: Object, dsci: Object
) -> Mapping[str, Sequence[Object]]:
    """Render components as these custom resources ask for, owner references included."""
    catalog = load_catalog(manifests)
    planner = Planner(catalog, catalog.platforms[PLATFORM])
    renderer = Renderer(manifests)
    cluster, initialization = datasciencecluster.parse(dsc), dscinitialization.parse(dsci)
    found: dict[str, Sequence[Object]] = {}
    for name in components:
        step = planner.step(name, cluster, initialization)
        definition = catalog.components[name]
        owner = dsci if definition.owner == dscinitialization.KIND else dsc
        desired = renderer.render(definition, PLATFORM, step.context).owned_by(_owner(owner))
        found[name] = [_plain(manifest) for manifest in desired.objects]
    return found


def _plain(manifest: Object) -> Object:
    """Unwrap what the renderer keeps in types of its own."""
    plain: Object = json.loads(json.dumps(manifest, default=dict))
    return plain


def _owner(live: Object) -> Owner:
    metadata = live["metadata"]
    return Owner(live["apiVersion"], live["kind"], metadata["name"], metadata["uid"])

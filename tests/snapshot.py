"""What there is in a cluster that is an operator's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.metadata import Metadata
from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.rest import Rest

OURS = "app.kubernetes.io/managed-by=rhoai-operator"
INVENTORY = "rhoai.opendatahub.io/inventory"
OWNERS = {module.KIND: module.GROUP for module in (datasciencecluster, dscinitialization)}
"""The kinds that own what the operator makes, with their groups."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is there now.

    Attributes:
        served: group, version and kind of all that is served.
        rulers: the ruling DataScienceCluster and DSCInitialization, by kind.
        labelled: the metadata of every object with our labels, but what controllers derive.
        inventories: component -> what it is said to own.
    """

    served: frozenset[tuple[str, str, str]]
    rulers: Mapping[str, Manifest]
    labelled: Mapping[ObjectRef, Manifest]
    inventories: Mapping[str, frozenset[ObjectRef]]

    @property
    def versions(self) -> Mapping[str, str]:
        """The resourceVersion of everything the operator writes, Deployments' status aside."""
        found = {**self.labelled, **{ObjectRef.of(m): m for m in self.rulers.values()}}
        return {str(ref): _version(live) for ref, live in found.items()}


def look(rest: Rest) -> Snapshot:
    """See what is there.

    Raises:
        Refused: the API server does not answer a list, as while it makes a cache for a new kind.
        OSError: it cannot be reached.
    """
    served = rest.discover()
    preferred = {(s.group, s.kind): s for s in reversed(served) if s.listed}
    labelled = {
        ObjectRef.of(live): live
        for kind in preferred.values()
        for live in rest.list(kind, OURS, brief=True)
        if not _is_derived(live)
    }
    ruled = {kind: preferred.get((group, kind)) for kind, group in OWNERS.items()}
    rulers = {kind: _oldest(rest.list(s)) for kind, s in ruled.items() if s}
    return Snapshot(
        frozenset((s.group, s.version, s.kind) for s in served),
        {kind: live for kind, live in rulers.items() if live},
        labelled,
        _inventories(rest.list(preferred["", "ConfigMap"], INVENTORY)),
    )


def _inventories(config_maps: Sequence[Manifest]) -> dict[str, frozenset[ObjectRef]]:
    found: dict[str, frozenset[ObjectRef]] = {}
    for live in config_maps:
        rows = [row for text in live.get("data", {}).values() for row in json.loads(text)]
        name = live["metadata"]["labels"][INVENTORY]
        found[name] = found.get(name, frozenset()) | frozenset(map(_listed, rows))
    return found


def _is_derived(live: Manifest) -> bool:
    """Tell whether a controller made it of another object, whose labels it copied."""
    owners = live["metadata"].get("ownerReferences", ())
    foreign = [o for o in owners if o.get("controller") and o["kind"] not in OWNERS]
    return bool(foreign) or live["kind"] == "Endpoints"


def _oldest(found: Sequence[Manifest]) -> Manifest | None:
    return min(found, key=lambda m: (Metadata.of(m).created, m["metadata"]["name"]), default=None)


def _listed(row: Mapping[str, str]) -> ObjectRef:
    group, _, version = row["apiVersion"].rpartition("/")
    return ObjectRef(group, row["kind"], row.get("namespace", ""), row["name"], version)


def _version(live: Manifest) -> str:
    """Return what changes when somebody writes more than status."""
    metadata = live["metadata"]
    if live["kind"] in OWNERS or "generation" not in metadata:
        return str(metadata["resourceVersion"])
    return f"{metadata['uid']} {metadata['generation']}"

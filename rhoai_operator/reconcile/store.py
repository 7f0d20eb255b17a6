"""Inventories in ConfigMaps of the operator's namespace, one for each component.

They have no owner, so that deleting a DataScienceCluster cannot take them away before
what they list, and a label of their own only, so that nobody's clean-up finds them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from rhoai_operator.cluster.port import Cluster, Kind
from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import Manifest, ObjectRef

LABEL = "rhoai.opendatahub.io/inventory"
"""Its value is the component's name."""

_KIND = Kind("", "v1", "ConfigMap")
_KEY = "objects"


class ConfigMapStore:
    """Satisfies ``InventoryStore``. One process writes, so what it read once stays true."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._known: dict[str, Inventory] | None = None
        self._loading = asyncio.Lock()

    async def load(self, component: str) -> Inventory:
        """See ``InventoryStore``. The first call reads those of all components at once."""
        return (await self._all()).get(component, Inventory())

    async def save(self, component: str, inventory: Inventory) -> None:
        """See ``InventoryStore``. An empty inventory leaves no ConfigMap behind."""
        known = await self._all()
        if known.get(component, Inventory()) == inventory:
            return
        if inventory.records:
            await self._cluster.apply(self._config_map(component, inventory))
        elif live := await self._cluster.get(self._ref(component)):
            await self._cluster.delete(self._ref(component), uid=live["metadata"]["uid"])
        known[component] = inventory

    async def _all(self) -> dict[str, Inventory]:
        async with self._loading:
            if self._known is None:
                await self._make_namespace()
                found = await self._cluster.list(_KIND, namespace=self._namespace, labels=LABEL)
                self._known = {m["metadata"]["labels"][LABEL]: _read(m) for m in found.items}
            return self._known

    async def _make_namespace(self) -> None:
        if await self._cluster.get(ObjectRef("", "Namespace", "", self._namespace, "v1")) is None:
            namespace = {"kind": "Namespace", "metadata": {"name": self._namespace}}
            await self._cluster.create({"apiVersion": "v1", **namespace})

    def _ref(self, component: str) -> ObjectRef:
        return ObjectRef("", "ConfigMap", self._namespace, f"rhoai-inventory-{component}", "v1")

    def _config_map(self, component: str, inventory: Inventory) -> Manifest:
        ref = self._ref(component)
        metadata = {"name": ref.name, "namespace": ref.namespace, "labels": {LABEL: component}}
        rows = [_row(ref, record) for ref, record in sorted(inventory.records.items())]
        text = "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n"
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_KEY: text}}


def _row(ref: ObjectRef, record: Record) -> dict[str, str]:
    row = {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace}
    row |= {"name": ref.name, "digest": record.digest, "version": record.version}
    return {key: value for key, value in row.items() if value}


def _read(config_map: Manifest) -> Inventory:
    rows: list[Mapping[str, Any]] = json.loads(config_map["data"][_KEY])
    return Inventory(
        {_ref_of(row): Record(row.get("digest", ""), row.get("version", "")) for row in rows}
    )


def _ref_of(row: Mapping[str, Any]) -> ObjectRef:
    group, _, version = row["apiVersion"].rpartition("/")
    return ObjectRef(group, row["kind"], row.get("namespace", ""), row["name"], version)

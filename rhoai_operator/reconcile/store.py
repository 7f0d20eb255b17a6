"""Inventories in ConfigMaps of the operator's namespace, one or more for each component.

They have no owner, so that deleting a DataScienceCluster cannot take them away before
what they list, and a label of their own only, so that nobody's clean-up finds them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.inventory import Inventory, Record
from rhoai_operator.core.objects import Manifest, ObjectRef

LABEL = "rhoai.opendatahub.io/inventory"
"""Its value is the component's name."""
SHARD_BYTES = 512 * 1024
"""A ConfigMap holds so much at most; an API server takes twice that."""

_KIND = Kind("", "v1", "ConfigMap")
_KEY = "objects"

log = logging.getLogger(__name__)


class ConfigMapStore:
    """Satisfies ``InventoryStore``. One replica writes, so what it read once stays true."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._known: dict[str, Inventory] = {}
        self._written: dict[str, Inventory | None] = {}
        self._shards: dict[str, int] = {}
        self._loaded = False
        self._loading = asyncio.Lock()

    async def load(self, component: str) -> Inventory:
        """See ``InventoryStore``. The first call reads those of all components at once."""
        await self.read()
        return self._known.get(component, Inventory())

    def remember(self, component: str, inventory: Inventory) -> None:
        """See ``InventoryStore``."""
        self._known[component] = inventory

    async def save(self, component: str, inventory: Inventory) -> None:
        """See ``InventoryStore``. An empty inventory leaves no ConfigMap behind."""
        await self.read()
        self._known[component] = inventory
        if self._written.get(component, Inventory()) == inventory:
            return
        self._written[component] = None  # until all of it is
        await self._write(component, inventory)
        self._written[component] = inventory

    @property
    def is_read(self) -> bool:
        """Whether it is known what there is."""
        return self._loaded

    async def read(self) -> None:
        """Read those of all components, once."""
        async with self._loading:
            if self._loaded:
                return
            await self._make_namespace()
            selection = Selection(_KIND, namespace=self._namespace, labels=LABEL)
            found = (await self._cluster.list(selection)).items
            for component, number, config_map in filter(None, map(_shard, found)):
                self._take(component, number, config_map)
            self._loaded = True

    def _take(self, component: str, number: int, config_map: Manifest) -> None:
        known, written = self._known.get(component), self._written.get(component, Inventory())
        try:
            read = _read(config_map)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            name = config_map["metadata"]["name"]
            log.warning("ConfigMap %s is no inventory and will be written again: %r", name, error)
            read, written = Inventory(), None
        self._known[component] = (known or Inventory()) | read
        self._written[component] = None if written is None else written | read
        self._shards[component] = max(self._shards.get(component, 0), number + 1)

    def known(self) -> Mapping[str, Inventory]:
        """Return all inventories as they are now, by component."""
        return self._known

    def forget(self, component: str) -> None:
        """Believe no longer that the component's inventory is written as it is known."""
        self._written[component] = None

    async def _write(self, component: str, inventory: Inventory) -> None:
        """Write every shard. What rows move to comes first, so that none is ever missing."""
        shards = _sharded(inventory)
        before, count = self._shards.get(component, 0), len(shards)
        self._shards[component] = max(before, count)
        for number in reversed(range(count)):  # rows only move to parts with higher numbers
            part = self._config_map(component, number, shards[number])
            await self._cluster.apply(part, brief=True)
        for number in range(count, before):
            ref = self._ref(component, number)
            if live := await self._cluster.get(ref):
                await self._cluster.delete(ref, uid=live["metadata"]["uid"])
        self._shards[component] = count

    async def _make_namespace(self) -> None:
        if await self._cluster.get(ObjectRef("", "Namespace", "", self._namespace, "v1")) is None:
            namespace = {"kind": "Namespace", "metadata": {"name": self._namespace}}
            await self._cluster.create({"apiVersion": "v1", **namespace})

    def _ref(self, component: str, number: int) -> ObjectRef:
        return ObjectRef("", "ConfigMap", self._namespace, _name(component, number), "v1")

    def _config_map(self, component: str, number: int, text: str) -> Manifest:
        ref = self._ref(component, number)
        metadata = {"name": ref.name, "namespace": ref.namespace, "labels": {LABEL: component}}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_KEY: text}}


def _name(component: str, number: int) -> str:
    return f"rhoai-inventory-{component}" + (f"-{number}" if number else "")


def _shard(config_map: Manifest) -> tuple[str, int, Manifest] | None:
    """Tell whose inventory it is, and which part of it; None if its name is not one of ours."""
    metadata = config_map["metadata"]
    component = metadata["labels"][LABEL]
    suffix = metadata["name"].removeprefix(_name(component, 0)).removeprefix("-")
    number = int(suffix) if suffix.isdecimal() else 0
    return (component, number, config_map) if metadata["name"] == _name(component, number) else None


def _sharded(inventory: Inventory) -> list[str]:
    """Encode an inventory as one text, or as 2, 4, 8 … of them where one would be too large.

    The name of an object decides which text it is in.
    """
    encode = json.JSONEncoder().encode
    ordered = sorted(
        inventory.records, key=lambda ref: (ref.group, ref.kind, ref.namespace, ref.name)
    )
    rows = [(ref, encode(_row(ref, inventory.records[ref]))) for ref in ordered]
    count = 1 if rows else 0
    while True:
        parts: list[list[str]] = [[] for _ in range(count)]
        for ref, row in rows:
            parts[crc32(str(ref).encode()) % count if count > 1 else 0].append(row)
        texts = ["[\n" + ",\n".join(part) + "\n]\n" for part in parts]
        if all(len(text.encode()) <= SHARD_BYTES for text in texts):
            return texts
        count *= 2


def _row(ref: ObjectRef, record: Record) -> dict[str, str]:
    row = {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace}
    row |= {"name": ref.name, "digest": record.digest, "version": record.version}
    return {key: value for key, value in row.items() if value}


def _read(config_map: Manifest) -> Inventory:
    return Inventory(dict(_rows(config_map)))


def _rows(config_map: Manifest) -> Iterator[tuple[ObjectRef, Record]]:
    rows: list[Mapping[str, Any]] = json.loads(config_map["data"][_KEY])
    for row in rows:
        group, _, version = row["apiVersion"].rpartition("/")
        ref = ObjectRef(group, row["kind"], row.get("namespace", ""), row["name"], version)
        yield ref, Record(row.get("digest", ""), row.get("version", ""))

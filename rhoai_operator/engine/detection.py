"""Which platform is this? OLM tells; off OLM it is the default one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rhoai_operator.catalog.platforms import Platform
from rhoai_operator.cluster.errors import KindNotServed
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.objects import ObjectRef

_CONDITION = Kind("operators.coreos.com", "v2", "OperatorCondition")


async def detect_platform(
    cluster: Cluster, platforms: Mapping[str, Platform], operator_namespace: str
) -> Platform:
    """Find the platform by its catalogue, else by what OLM says is installed, else the first.

    Raises:
        ClusterError: the cluster cannot be asked.
    """
    for platform in platforms.values():
        if platform.catalog_source:
            name, group = platform.catalog_source, "operators.coreos.com"
            source = ObjectRef(group, "CatalogSource", operator_namespace, name, "v1alpha1")
            if await cluster.get(source):
                return platform
    names = await _installed(cluster)
    return next(
        (p for p in platforms.values() if _is_among(p.operator_condition, names)),
        next(iter(platforms.values())),
    )


async def _installed(cluster: Cluster) -> tuple[str, ...]:
    try:
        found = await cluster.list(Selection(_CONDITION))
    except KindNotServed:
        return ()
    return tuple(item["metadata"]["name"] for item in found.items)


def _is_among(prefix: str, names: Iterable[str]) -> bool:
    return bool(prefix) and any(name.startswith(prefix) for name in names)

from __future__ import annotations

import pytest

from rhoai_operator.api.datasciencecluster import DataScienceCluster, parse
from rhoai_operator.reconcile.ruling import ruling
from tests.manifests import an


def dsc(
    name: str, created: str = "2025-01-01T00:00:00Z", *, deleting: bool = False
) -> DataScienceCluster:
    metadata = {"creationTimestamp": created, "uid": name}
    if deleting:
        metadata["deletionTimestamp"] = created
    return parse(an("DataScienceCluster", name, metadata=metadata))


OLDER = "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("objects", "name"),
    [
        pytest.param([], None, id="none"),
        pytest.param([dsc("a"), dsc("z", OLDER)], "z", id="older"),
        pytest.param([dsc("b"), dsc("a")], "a", id="same-age"),
        pytest.param([dsc("a"), dsc("z", OLDER, deleting=True)], "z", id="until-it-is-gone"),
    ],
)
def test_the_oldest_rules(objects: list[DataScienceCluster], name: str | None) -> None:
    found = ruling(objects)
    assert (found.metadata.name if found else None) == name

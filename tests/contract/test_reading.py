"""What the port promises of reading, kept by the real adapter and by the fake of other tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rhoai_operator.cluster.errors import Invalid, KindNotServed
from rhoai_operator.cluster.port import Cluster, Kind, Selection
from rhoai_operator.core.objects import ObjectRef
from tests.contract.objects import CONFIG_MAP, UNKNOWN, config_map, version


class TestGet:
    async def test_what_is_there(self, cluster: Cluster, namespace: str) -> None:
        await cluster.create(config_map(namespace))

        live = await cluster.get(ObjectRef.of(config_map(namespace)))

        assert live
        assert (live["kind"], live["apiVersion"], live["data"]) == ("ConfigMap", "v1", {"key": "1"})
        assert {"uid", "resourceVersion"} <= live["metadata"].keys()

    @pytest.mark.parametrize(
        "ref",
        [
            pytest.param(ObjectRef("", "ConfigMap", "default", "nobody", "v1"), id="no-object"),
            pytest.param(ObjectRef("", "ConfigMap", "nowhere", "x", "v1"), id="no-namespace"),
            pytest.param(ObjectRef(UNKNOWN.group, UNKNOWN.kind, "", "x", "v1"), id="no-kind"),
        ],
    )
    async def test_what_is_absent_is_none(self, cluster: Cluster, ref: ObjectRef) -> None:
        assert await cluster.get(ref) is None


class TestList:
    @pytest.mark.parametrize(
        ("labels", "names"),
        [
            pytest.param("", {"both", "one", "none"}, id="all"),
            pytest.param("tier=a", {"both"}, id="equal"),
            pytest.param("tier in (a,b)", {"both", "one"}, id="one-of"),
            pytest.param("extra", {"both"}, id="there"),
            pytest.param("tier=b,extra", set(), id="two-terms"),
            pytest.param("tier in (b, a),extra=", {"both"}, id="empty-value"),
        ],
    )
    async def test_by_labels(
        self, cluster: Cluster, namespace: str, labels: str, names: set[str]
    ) -> None:
        await cluster.create(config_map(namespace, "both", labels={"tier": "a", "extra": ""}))
        await cluster.create(config_map(namespace, "one", labels={"tier": "b"}))
        await cluster.create(config_map(namespace, "none"))

        found = (await cluster.list(Selection(CONFIG_MAP, namespace, labels))).items

        # The controllers put a ConfigMap of their own into every namespace.
        own = {m["metadata"]["name"] for m in found} - {"kube-root-ca.crt"}
        assert own == names
        assert {(m["apiVersion"], m["kind"]) for m in found} <= {("v1", "ConfigMap")}

    @pytest.mark.parametrize(
        ("fields", "names"),
        [
            pytest.param("metadata.name=one", {"one"}, id="name"),
            pytest.param("metadata.name==one,metadata.namespace=default", set(), id="two-terms"),
            pytest.param("metadata.name!=one", {"two", "kube-root-ca.crt"}, id="not"),
        ],
    )
    async def test_by_fields(
        self, cluster: Cluster, namespace: str, fields: str, names: set[str]
    ) -> None:
        await cluster.create(config_map(namespace, "one"))
        await cluster.create(config_map(namespace, "two"))

        found = (await cluster.list(Selection(CONFIG_MAP, namespace, fields=fields))).items

        # The controllers put one of their own there, sooner or later.
        own = {m["metadata"]["name"] for m in found}
        assert own | {"kube-root-ca.crt"} == names | {"kube-root-ca.crt"}

    async def test_by_a_field_that_is_no_selector(self, cluster: Cluster) -> None:
        with pytest.raises(Invalid, match=r"data\.key"):
            await cluster.list(Selection(CONFIG_MAP, fields="data.key=1"))

    async def test_brief_tells_identity_and_metadata(
        self, cluster: Cluster, namespace: str
    ) -> None:
        await cluster.create(config_map(namespace, labels={"ns": namespace}))
        selection = Selection(CONFIG_MAP, labels=f"ns={namespace}")

        (whole,) = (await cluster.list(selection)).items
        (brief,) = (await cluster.list(replace(selection, brief=True))).items

        assert brief == {key: whole[key] for key in ("apiVersion", "kind", "metadata")}

    async def test_in_all_namespaces(self, cluster: Cluster, namespace: str) -> None:
        await cluster.create(config_map(namespace, labels={"ns": namespace}))

        listing = await cluster.list(Selection(CONFIG_MAP, labels=f"ns={namespace}"))

        assert len(listing.items) == 1
        assert int(listing.resource_version) >= int(version(listing.items[0]))

    async def test_kind_not_served(self, cluster: Cluster) -> None:
        with pytest.raises(KindNotServed):
            await cluster.list(Selection(UNKNOWN))


@pytest.mark.parametrize(
    ("kind", "served"),
    [
        pytest.param(CONFIG_MAP, True, id="core"),
        pytest.param(Kind("apps", "v1", "Deployment"), True, id="group"),
        pytest.param(Kind("apps", "v1beta1", "Deployment"), False, id="other-version"),
        pytest.param(UNKNOWN, False, id="unknown"),
    ],
)
async def test_serves(cluster: Cluster, kind: Kind, served: bool) -> None:
    assert await cluster.serves(kind) is served


async def test_discover(cluster: Cluster) -> None:
    kinds = await cluster.discover()

    assert {CONFIG_MAP, Kind("apps", "v1", "Deployment")} <= kinds
    assert UNKNOWN not in kinds


async def test_on_behalf_of_somebody_it_is_the_same_cluster(
    cluster: Cluster, namespace: str
) -> None:
    made = (await cluster.on_behalf_of("web").apply(config_map(namespace))).live

    assert await cluster.on_behalf_of("other").get(ObjectRef.of(made)) == made
    assert await cluster.get(ObjectRef.of(made)) == made

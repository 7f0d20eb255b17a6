from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml

from rhoai_operator.cluster import failures
from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.kubernetes import ConfigurationError, KubernetesCluster, connect
from rhoai_operator.core.objects import ObjectRef
from tests.unit.cluster.certificates import Authority
from tests.unit.cluster.server import ok, serving, status
from tests.unit.cluster.tunnel import tunnelling

REF = ObjectRef("", "ConfigMap", "ns", "x", "v1")
LIVE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
NO_MORE = ok(LIVE, Connection="close")
"""So that the next request needs a connection of its own."""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "FIRST_PAUSE", 0.001)


@asynccontextmanager
async def connected(
    folder: Path,
    server: str,
    options: Mapping[str, str] = MappingProxyType({}),
    user: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[KubernetesCluster]:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": server, **options}}],
        "users": [{"name": "it", "user": {**user}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    made = await connect(kubeconfig=file)
    try:
        yield made
    finally:
        await made.close()


async def test_a_new_authority_is_trusted_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority(tmp_path / "old", "old"), Authority(tmp_path / "new", "new")
    tls, trusted = old.server(), tmp_path / "ca.crt"
    trusted.write_bytes(old.file.read_bytes())
    async with serving(NO_MORE, tls=tls) as server:
        options = {"certificate-authority": str(trusted)}
        async with connected(tmp_path, server.url, options) as cluster:
            assert await cluster.get(REF) == LIVE
            tls.load_cert_chain(new.issue("server"))
            trusted.write_bytes(new.file.read_bytes())

            assert await cluster.get(REF) == LIVE


async def test_a_new_client_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority(tmp_path / "old", "old"), Authority(tmp_path / "new", "new")
    tls = new.server()
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(new.file)
    mine = tmp_path / "client.pem"
    mine.write_bytes(old.issue("client").read_bytes())
    user = {"client-certificate": str(mine), "client-key": str(mine)}
    async with serving(ok(LIVE), tls=tls) as server:
        options = {"certificate-authority": str(new.file)}
        async with connected(tmp_path, server.url, options, user) as cluster:
            mine.write_bytes(new.issue("client").read_bytes())

            assert await cluster.get(REF) == LIVE


async def test_who_is_not_trusted_is_not_spoken_to(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours", "ours"), Authority(tmp_path / "theirs", "theirs")
    async with serving(ok(LIVE), tls=theirs.server()) as server:
        options = {"certificate-authority": str(ours.file)}
        async with connected(tmp_path, server.url, options) as cluster:
            with pytest.raises(Unavailable, match=r"cannot connect to 127\.0\.0\.1.*certificate"):
                await cluster.get(REF)

    assert server.discoveries == 0


async def test_a_token_in_a_file_is_read_anew_when_it_is_refused(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    user = {"tokenFile": str(token)}
    async with (
        serving(ok(LIVE), status(401), ok(LIVE)) as server,
        connected(tmp_path, server.url, user=user) as cluster,
    ):
        await cluster.get(REF)
        token.write_text("new")
        assert await cluster.get(REF) == LIVE

    sent = [seen.headers["Authorization"] for seen in server.seen]
    assert sent == ["Bearer old", "Bearer old", "Bearer new"]


async def test_as_a_service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, token = Authority(tmp_path / "ca", "ours"), tmp_path / "token"
    token.write_text("old")
    loader = "kubernetes.aio.config.incluster_config"
    monkeypatch.setattr(f"{loader}.SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(f"{loader}.SERVICE_CERT_FILENAME", str(authority.file))
    async with serving(status(401), ok(LIVE), tls=authority.server()) as server:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", server.url.rpartition(":")[2])
        cluster = await connect()
        token.write_text("new")
        try:
            assert await cluster.get(REF) == LIVE
        finally:
            await cluster.close()

    sent = [seen.headers["Authorization"] for seen in server.seen]
    assert sent == ["bearer old", "bearer new"]


@pytest.mark.parametrize("by", ["kubeconfig", "environment"])
async def test_through_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    authority = Authority(tmp_path / "ca", "ours")
    options = {"certificate-authority": str(authority.file)}
    async with serving(ok(LIVE), tls=authority.server()) as server, tunnelling() as proxy:
        url = f"http://me:secret@{proxy.address}"
        if by == "kubeconfig":
            options["proxy-url"] = url
        else:
            monkeypatch.setenv("https_proxy", url)
        async with connected(tmp_path, server.url, options) as cluster:
            assert await cluster.get(REF) == LIVE

    (head,) = proxy.heads
    assert head.startswith(f"CONNECT {server.url.removeprefix('https://')} ")
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in head


async def test_around_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with serving(ok(LIVE)) as server, connected(tmp_path, server.url) as cluster:
        assert await cluster.get(REF) == LIVE


async def test_without_a_way_to_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="give --kubeconfig"):
        await connect(kubeconfig=tmp_path / "absent")

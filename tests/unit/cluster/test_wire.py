from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from rhoai_operator.cluster.access import Access
from rhoai_operator.cluster.requests import Request, Withheld, encoded
from rhoai_operator.cluster.wire import Wire
from rhoai_operator.core.errors import OperatorError
from tests.unit.cluster.certificates import Authority
from tests.unit.cluster.server import Server, Step, access, ok, serving, status

WRITE = Request("PATCH", "/x", content=encoded({"a": 1}))


@asynccontextmanager
async def wired(access: Access, *renewed: Access) -> AsyncIterator[Wire]:
    """A wire whose configuration is one after the other, and cannot be read after the last."""
    following = [*renewed]

    async def load() -> Access:
        if not following:
            raise OperatorError("no kubeconfig")
        return following.pop(0)

    line = Wire(access, load)
    try:
        yield line
    finally:
        await line.close()


@asynccontextmanager
async def session(
    server: Server, *renewed: Access, writes: bool = True
) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        wired(access(server.url, "old"), *renewed) as line,
        line.session(lambda: writes) as made,
    ):
        yield made


class TestAsk:
    async def test_not_a_byte_is_sent_of_what_is_withheld_with_the_connection_at_hand(self) -> None:
        came = asyncio.get_running_loop().create_future()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.set_result(await reader.read())
            writer.close()

        may_write = iter([True, False])
        async with await asyncio.start_server(listen, "127.0.0.1", 0) as raw:
            host, port = raw.sockets[0].getsockname()
            async with wired(access(f"http://{host}:{port}")) as line:
                with pytest.raises(aiohttp.ClientConnectionError) as caught:
                    await line.ask(WRITE, 5.0, lambda: next(may_write))
                async with asyncio.timeout(5):
                    assert await came == b""

        assert isinstance(caught.value.__cause__, Withheld)

    async def test_a_large_body(self) -> None:
        request = Request("POST", "/x", content=encoded({"a": "x" * 2**20}))
        async with serving(ok()) as server, wired(access(server.url)) as line:
            await line.ask(request, 5.0, lambda: True)

        assert server.seen[0].body == request.content

    async def test_credentials_that_cannot_be_had(self) -> None:
        async def credentials() -> Mapping[str, str]:
            raise OSError("no token")

        async with wired(replace(access("http://x"), credentials=credentials)) as line:
            with pytest.raises(OSError, match="no token"):
                await line.ask(WRITE, 5.0, lambda: True)


class TestRenew:
    async def test_at_most_once_in_a_while(self) -> None:
        first, second, third = (access("http://x", token) for token in "123")
        async with wired(first, second, third) as line:
            found = [await line.renew(seen) for seen in (first, first, second)]

            assert found == [True, True, False]
            assert line.access is second

    async def test_what_was_there_before_stays_if_it_cannot_be_read(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = access("http://x")
        async with wired(first) as line:
            assert not await line.renew(first)
            assert line.access is first

        assert "cannot read the configuration anew: no kubeconfig" in caplog.text


class TestSession:
    """What kopf is given."""

    async def test_it_says_who_we_are(self) -> None:
        async with (
            serving(ok({"a": 1})) as server,
            session(server) as made,
            made.get(server.url) as response,
        ):
            assert await response.json() == {"a": 1}

        assert server.seen[0].headers["Authorization"] == "Bearer old"
        assert server.seen[0].headers["User-Agent"] == "rhoai-operator"

    async def test_what_it_sends_arrives(self) -> None:
        kind = "application/merge-patch+json"
        async with serving(ok()) as server, session(server) as made:
            async with made.patch(
                server.url, json={"a": 1}, headers={"Content-Type": kind}
            ) as response:
                assert response.status == 200
            async with made.delete(server.url) as response:
                assert response.status == 200

        first, second = server.seen
        assert (first.body, first.headers["Content-Type"]) == (b'{"a": 1}', kind)
        assert second.method == "DELETE"

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    async def test_it_only_reads_without_the_lease(self, method: str) -> None:
        async with serving(ok()) as server, session(server, writes=False) as made:
            for body in ({"a": 1}, None):
                with pytest.raises(aiohttp.ClientConnectionError, match="lease"):
                    await made.request(method, server.url, json=body)
            async with made.get(server.url) as response:
                assert response.status == 200

        assert [seen.method for seen in server.seen] == ["GET"]

    @pytest.mark.parametrize(
        ("step", "token"),
        [
            pytest.param(status(401), "Bearer new", id="unknown"),
            pytest.param(status(403), "Bearer old", id="known"),
        ],
    )
    async def test_the_next_request_has_new_credentials(self, step: Step, token: str) -> None:
        async with serving(step, ok()) as server, session(server, access("", "new")) as made:
            for _ in range(2):
                async with made.get(server.url):
                    pass

        assert server.seen[1].headers["Authorization"] == token

    async def test_the_next_request_trusts_who_is_trusted_now(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path / "ca", "ours")
        async with serving(ok(), tls=authority.server()) as server:
            trusting = replace(access(server.url), tls=authority.client())
            async with session(server, trusting) as made:
                with pytest.raises(aiohttp.ClientConnectorCertificateError):
                    await made.get(server.url)
                async with made.get(server.url) as response:
                    assert response.status == 200

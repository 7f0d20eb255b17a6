"""The webhook as the API server calls it, but for TLS."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import Listing, Selection
from rhoai_operator.engine.admission import Judge
from rhoai_operator.engine.watched import DSC
from rhoai_operator.engine.web import serve
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.webhook import PATH
from tests.fakes.cluster import FakeCluster
from tests.manifests import an

MINE = an("DataScienceCluster", "mine")
EXISTING = an("DataScienceCluster", "default-dsc")


def question(**request: Any) -> dict[str, Any]:
    whole = {"uid": "7", "kind": {"kind": DSC.kind}, "operation": "CREATE", "object": MINE}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": whole | request,
    }


@asynccontextmanager
async def called(cluster: FakeCluster, metrics: Metrics) -> AsyncIterator[aiohttp.ClientSession]:
    runner = await serve("127.0.0.1:0", Judge(cluster, metrics).routes())
    host, port = runner.addresses[0]
    async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
        yield session
    await runner.cleanup()


async def answer(cluster: FakeCluster, metrics: Metrics, asked: object) -> tuple[int, Any]:
    async with called(cluster, metrics) as session, session.post(PATH, json=asked) as response:
        is_json = response.content_type == "application/json"
        return response.status, await (response.json() if is_json else response.text())


async def test_a_refusal_says_what_is_in_the_way_and_counts_as_an_answer(metrics: Metrics) -> None:
    status, found = await answer(FakeCluster(EXISTING), metrics, question())

    assert (status, found["response"]["uid"], found["response"]["allowed"]) == (200, "7", False)
    told = found["response"]["status"]
    assert (told["code"], told["reason"]) == (403, "Forbidden")
    assert "there is DataScienceCluster default-dsc already" in told["message"]
    assert (found["apiVersion"], found["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")


async def test_what_nothing_stands_against_is_allowed_and_nothing_is_written(
    metrics: Metrics,
) -> None:
    cluster = FakeCluster()

    status, found = await answer(cluster, metrics, question(dryRun=True))

    assert (status, found["response"]) == (200, {"uid": "7", "allowed": True})
    assert {verb for verb, _ in cluster.calls} == {"list"}


async def test_what_cannot_be_understood_is_invalid(metrics: Metrics) -> None:
    wrong = {**MINE, "spec": {"components": ["ray"]}}

    _, found = await answer(FakeCluster(), metrics, question(object=wrong))

    told = found["response"]["status"]
    assert (told["code"], told["reason"]) == (422, "Invalid")
    assert told["message"].startswith("spec.components: ['ray'] is not an object")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param([], id="list"),
        pytest.param({**question(), "kind": "Pod"}, id="kind"),
        pytest.param({**question(), "apiVersion": "admission.k8s.io/v1beta1"}, id="version"),
        pytest.param(question(operation="UPDATE"), id="operation"),
    ],
)
async def test_what_is_no_question_of_ours_is_a_bad_request(
    wrong: object, metrics: Metrics
) -> None:
    status, _ = await answer(FakeCluster(), metrics, wrong)

    assert status == 400


async def test_text_that_is_no_json_is_a_bad_request(metrics: Metrics) -> None:
    async with (
        called(FakeCluster(), metrics) as session,
        session.post(PATH, data=b"\xff{") as response,
    ):
        assert response.status == 400


async def test_a_question_may_be_as_large_as_an_object(metrics: Metrics) -> None:
    large = {**MINE, "status": {"errorMessage": "x" * 3 * 1024**2}}

    content = io.BytesIO(json.dumps(question(object=large)).encode())

    async with (
        called(FakeCluster(), metrics) as session,
        session.post(PATH, data=content) as response,
    ):
        assert (response.status, (await response.json())["response"]["allowed"]) == (200, True)


async def test_what_cannot_be_looked_up_is_said_and_not_allowed(metrics: Metrics) -> None:
    cluster = FakeCluster()
    cluster.failing["list", DSC] = Unavailable("connection refused")

    status, text = await answer(cluster, metrics, question())

    assert status == 503
    assert text == ("cannot look which DataScienceCluster there are: connection refused; try again")


class Silent(FakeCluster):
    async def list(self, selection: Selection) -> Listing:
        await asyncio.Event().wait()
        raise AssertionError(selection)


async def test_an_api_server_that_does_not_answer_is_not_waited_for(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rhoai_operator.engine.admission.LOOK_SECONDS", 0.01)

    status, text = await answer(Silent(), metrics, question())

    assert (status, "no answer in time" in text) == (503, True)


async def test_answers_are_measured(metrics: Metrics) -> None:
    cluster = FakeCluster(EXISTING)
    await answer(cluster, metrics, question())
    await answer(cluster, metrics, {})

    lines = metrics.exposition().decode().splitlines()

    prefix, path = "controller_runtime_webhook", f'webhook="{PATH}"'
    for line in (
        f'{prefix}_requests_total{{code="200",{path}}} 1.0',
        f'{prefix}_requests_total{{code="400",{path}}} 1.0',
        f"{prefix}_requests_in_flight{{{path}}} 0.0",
        f"{prefix}_latency_seconds_count{{{path}}} 2.0",
    ):
        assert line in lines

"""Answers what the API server asks about DSC and DSCI: every replica does, leading or not."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

from rhoai_operator.api.metadata import Metadata
from rhoai_operator.cluster.errors import ClusterError
from rhoai_operator.cluster.port import Cluster, Selection
from rhoai_operator.engine.watched import DSC, DSCI
from rhoai_operator.metrics import Metrics
from rhoai_operator.reconcile.admission import Request, Stored, Verdict, review
from rhoai_operator.reconcile.webhook import PATH, SECONDS

LOOK_SECONDS = SECONDS / 2
"""How long is looked for what decides: the answer must come before nobody waits for it."""

MOST_BYTES = 8 * 1024**2
"""Of a question: it holds an object twice, and etcd stores 1.5 MiB of one at most."""

_API_VERSION, _KIND = "admission.k8s.io/v1", "AdmissionReview"
_KINDS = {kind.kind: kind for kind in (DSC, DSCI)}
_REASONS = {HTTPStatus.FORBIDDEN: "Forbidden", HTTPStatus.UNPROCESSABLE_ENTITY: "Invalid"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judge:
    """Answers by what is stored at that moment, whether anything is followed here or not.

    Args:
        cluster: its reads must not wait for those of the engine.
    """

    cluster: Cluster
    metrics: Metrics

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the webhook server."""
        return [web.post(PATH, self._measured)]

    async def _measured(self, request: web.Request) -> web.Response:
        self.metrics.asked(PATH)
        begun, status = time.monotonic(), HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            response = await self._answer(request)
            status = response.status
        finally:
            self.metrics.answered(PATH, status, time.monotonic() - begun)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            question = await _read(request)
            asked = Request.of(question)
        except ValueError as error:
            return web.Response(text=f"{error}\n", status=HTTPStatus.BAD_REQUEST)
        try:
            stored = await self._stored(asked)
        except (ClusterError, TimeoutError) as error:
            kinds, why = " and ".join(asked.depends_on), str(error) or "no answer in time"
            text = f"cannot look which {kinds} there are: {why}; try again"
            log.warning("%s", text)
            return web.Response(text=text, status=HTTPStatus.SERVICE_UNAVAILABLE)
        verdict = review(asked, stored)
        if not verdict.allowed:
            name = Metadata.of(asked.body).name
            operation, kind = asked.question.operation, asked.question.kind
            log.info("refused to %s %s %s: %s", operation, kind, name, verdict.message)
        return web.json_response(_reviewed(question, verdict))

    async def _stored(self, asked: Request) -> Stored:
        async with asyncio.timeout(LOOK_SECONDS):
            selections = [Selection(_KINDS[kind], brief=True) for kind in asked.depends_on]
            found = await asyncio.gather(*map(self.cluster.list, selections))
        return {
            kind: tuple(map(Metadata.of, listing.items))
            for kind, listing in zip(asked.depends_on, found, strict=True)
        }


async def _read(request: web.Request) -> Mapping[str, Any]:
    """Read an AdmissionReview.

    Raises:
        ValueError: it is none.
    """
    found = json.loads(await request.clone(client_max_size=MOST_BYTES).read())
    if isinstance(found, Mapping):
        said: Mapping[str, Any] = found
        if (said.get("apiVersion"), said.get("kind")) == (_API_VERSION, _KIND):
            return said
    raise ValueError(f"this is no {_KIND} of {_API_VERSION}")


def _reviewed(question: Mapping[str, Any], verdict: Verdict) -> Mapping[str, Any]:
    response = {"uid": question["request"].get("uid", ""), "allowed": verdict.allowed}
    if not verdict.allowed:
        code = verdict.code
        status = {"code": code.value, "reason": _REASONS[code], "message": verdict.message}
        response["status"] = {"status": "Failure", **status}
    return {"apiVersion": _API_VERSION, "kind": _KIND, "response": response}

"""Disturbing owned objects as people do: by deleting them, or by editing what the operator states."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.api import JSON_PATCH, Api, Object, path_of
from bench.watching import Mirror, holds, key_of

GIVE_UP_SECONDS = 20.0
OWNER_SHARE, LABEL_SHARE = 0.05, 0.25
"""Shares of the edits that are of owner references, and of labels; the rest is of the content."""

Patch: TypeAlias = list[dict[str, Any]]
_SOMEBODY = {"fieldManager": "somebody"}


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What was done to one object and how long it stayed.

    Attributes:
        how: "delete", or what was edited: "content", "label", "owner".
        what: the same in detail.
        seconds: from the API server's answer until it was right again; infinite if never.
        whole: likewise, but from just before the request: the most that it can have been.
    """

    kind: str
    name: str
    how: str
    what: str
    seconds: float
    whole: float


def eligible(body: Object) -> bool:
    """Tell whether it may be disturbed: nothing others depend on, nothing the cluster fills in."""
    if body["kind"] in {"CustomResourceDefinition", "Namespace"}:
        return False
    created_once = body["metadata"].get("annotations", {}).get("opendatahub.io/managed") == "false"
    return "aggregationRule" not in body and not created_once


async def disturb(
    api: Api,
    mirror: Mirror,
    body: Object,
    rng: random.Random,
    turn: AbstractAsyncContextManager[object] | None = None,
) -> Disturbance:
    """Delete or edit an object, and wait until it is as ``body`` again.

    Args:
        turn: held during the request, where many are disturbed at once.
    """
    how = "delete" if rng.random() < 0.5 else _what(body, rng)  # noqa: PLR2004 - evenly
    live = mirror.get(key_of(body))
    uid, version = live["metadata"]["uid"], 0
    async with turn or nullcontext():
        asked = time.monotonic()
        if how == "delete":
            what = how
            await api.send("DELETE", path_of(body), {"propagationPolicy": "Background"})
        else:
            patch = _EDITS[how](live, rng)
            what = json.dumps(patch)
            answer = await api.send("PATCH", path_of(body), patch, JSON_PATCH, **_SOMEBODY)
            version = int(answer["metadata"]["resourceVersion"])
        answered = time.monotonic()

    def right_again(now: Object) -> bool:
        metadata = now["metadata"]
        newer = (
            metadata["uid"] != uid if not version else int(metadata["resourceVersion"]) > version
        )
        return newer and holds(body, now)

    right = await mirror.until(key_of(body), right_again, GIVE_UP_SECONDS)
    seconds = max(right - answered, 0.0)  # the repair may overtake the answer
    name = body["metadata"]["name"]
    return Disturbance(body["kind"], name, how, what, seconds, right - asked)


def _what(body: Object, rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < OWNER_SHARE and "ownerReferences" in body["metadata"]:
        return "owner"
    return (
        "label" if drawn < OWNER_SHARE + LABEL_SHARE or body["kind"] not in _CONTENT else "content"
    )


def _edit_owner(_: Object, __: random.Random) -> Patch:
    return [{"op": "remove", "path": "/metadata/ownerReferences"}]


def _edit_label(live: Object, rng: random.Random) -> Patch:
    """Change or take away one of ours."""
    ours = sorted(name for name in live["metadata"]["labels"] if "kubernetes.io/" in name)
    path = f"/metadata/labels/{rng.choice(ours).replace('/', '~1')}"
    if rng.random() < 0.5:  # noqa: PLR2004 - evenly
        return [{"op": "remove", "path": path}]
    return [{"op": "replace", "path": path, "value": "edited"}]


def _edit_content(live: Object, rng: random.Random) -> Patch:
    path, value = rng.choice(_CONTENT[live["kind"]])
    return [{"op": "replace", "path": path, "value": value}]


_EDITS: Mapping[str, Callable[[Object, random.Random], Patch]] = {
    "owner": _edit_owner,
    "label": _edit_label,
    "content": _edit_content,
}
_RULES = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
_SUBJECTS = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "somebody"}]
_POD = "/spec/template/spec/containers/0"
_CONTENT: Mapping[str, Sequence[tuple[str, Any]]] = {
    "ClusterRole": [("/rules", _RULES), ("/rules/0/verbs", ["get"])],
    "ClusterRoleBinding": [("/subjects", _SUBJECTS)],
    "ConfigMap": [("/data/mode", "edited"), ("/data/config.yaml", "edited")],
    "Deployment": [(f"{_POD}/image", "example.com/edited:v2"), (f"{_POD}/args", ["--edited"])],
    "NetworkPolicy": [("/spec/ingress", []), ("/spec/podSelector", {})],
    "Role": [("/rules", _RULES), ("/rules/0/verbs", ["get"])],
    "RoleBinding": [("/subjects", _SUBJECTS)],
    "Secret": [("/data/password", "ZWRpdGVk")],
    "Service": [
        ("/spec/ports/0/targetPort", 9),
        ("/spec/ports/0/port", 9090),  # the key of a list: it becomes somebody else's item
        ("/spec/selector", {"edited": "true"}),
    ],
}
"""Edits by kind: a field that the operator states, and what somebody makes of it."""

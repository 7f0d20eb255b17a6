"""A platform that one operator keeps, and what the API server's audit log says of that operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from rhoai_operator.core.objects import Manifest, ObjectRef
from tests.audit import AuditLog, Event
from tests.madeup import MadeUp
from tests.oracle import Oracle
from tests.rest import Rest
from tests.running import Operator, View
from tests.wait import blocking_until

NAMESPACE = "redhat-ods-applications"
OPERATORS = "redhat-ods-operator"
AGENT = "rhoai-operator"
SECONDS = 20.0
WRITES = frozenset({"create", "update", "patch", "delete"})
REVISION = "deployment.kubernetes.io/revision"
OFTEN = {"RHOAI_RESYNC_SECONDS": "0.5"}
"""Has an operator look at everything twice a second, whatever it hears."""
RBAC = "rbac.authorization.k8s.io/v1"


def ref(api_version: str, kind: str, name: str, namespace: str = NAMESPACE) -> ObjectRef:
    group, _, version = api_version.rpartition("/")
    return ObjectRef(group, kind, namespace, name, version)


@dataclass(frozen=True, slots=True)
class Request:
    """One that the API server has answered.

    Attributes:
        path: without the query.
        at: when the answer was complete.
    """

    agent: str
    verb: str
    path: str
    code: int
    at: datetime

    @classmethod
    def of(cls, event: Event) -> Request:
        code = event.get("responseStatus", {}).get("code", 0)
        path = event["requestURI"].partition("?")[0]
        at = datetime.fromisoformat(event["stageTimestamp"])
        return cls(event.get("userAgent", ""), event["verb"], path, code, at)

    @property
    def is_write(self) -> bool:
        return self.verb in WRITES and self.code < 400

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"


@dataclass(frozen=True)
class Scene:
    """A platform with the made-up components and one operator.

    Attributes:
        rest: the API server, as the user agent ``tests``.
        components: how many the catalog has.
    """

    view: View
    rest: Rest
    oracle: Oracle
    log: AuditLog
    operator: Operator
    catalog: MadeUp
    components: int

    def mark(self) -> int:
        """Return where the audit log goes on when the operator has done what there was to do."""
        if self.operator.is_alive:
            self.is_idle()
        return self.log.mark()

    def all_since(self, mark: int) -> list[Request]:
        """Return all requests answered since, whoever sent them, but watches."""
        began = sorted(self.log.events(mark), key=lambda e: e["requestReceivedTimestamp"])
        return [Request.of(e) for e in began if e["verb"] != "watch"]

    def requests(self, mark: int) -> list[Request]:
        """Return the operator's requests since, but watches and the lease's."""
        ours = (r for r in self.all_since(mark) if r.agent == AGENT)
        return [r for r in ours if "/leases" not in r.path]

    def writes(self, mark: int) -> list[str]:
        """Return what the operator has changed since, but the lease and Events, oldest first."""
        ours = (r for r in self.requests(mark) if r.is_write)
        return [str(r) for r in ours if "/events" not in r.path]

    def path(self, of: ObjectRef) -> str:
        kind = (of.group, of.version, of.kind)
        found = (s for s in self.rest.discover() if (s.group, s.version, s.kind) == kind)
        return next(found).path(of.namespace, of.name)

    def changes(self, since: Manifest) -> int:
        """Count how often an object was changed since it was like this."""
        collection, _, name = self.path(ObjectRef.of(since)).rpartition("/")
        version = since["metadata"]["resourceVersion"]
        query = f"fieldSelector=metadata.name={name}&resourceVersion={version}&timeoutSeconds=1"
        answer = self.rest.request("GET", f"{collection}?watch=true&{query}")
        return 1 if "type" in answer else len(str(answer["message"]).splitlines())

    def live(self, of: ObjectRef) -> Manifest:
        live = self.rest.get(of)
        assert live is not None, f"{of} is not there"
        return live

    def apply(self, manifest: Mapping[str, Any], manager: str = "somebody") -> Manifest:
        return self.rest.apply(manifest, manager)

    def managed(self, *names: str, **other: str) -> None:
        """Have these components Managed, those in other states, and no more."""
        self.view.dsc(**dict.fromkeys(names, "Managed"), **other)

    @property
    def dsc(self) -> Manifest:
        """The DataScienceCluster as it is; empty if there is none."""
        return self.rest.get(DSC) or {}

    def reads(self, condition: str, wanted: str, seconds: float = SECONDS) -> str:
        """Wait until the DSC's newest condition is ``status/reason``; return its message."""
        found: Mapping[str, Any] = {}

        def is_so() -> bool:
            nonlocal found
            dsc = self.dsc
            known = {c["type"]: c for c in dsc.get("status", {}).get("conditions", ())}
            found = known.get(condition, {})
            is_new = found.get("observedGeneration") == dsc["metadata"]["generation"]
            return is_new and f"{found['status']}/{found['reason']}" == wanted

        try:
            blocking_until(is_so, seconds, f"{condition} is {wanted}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {found}") from None
        return str(found["message"])

    def is_there(self, of: ObjectRef, seconds: float = SECONDS) -> Manifest:
        return blocking_until(lambda: self.rest.get(of), seconds, f"{of} is there") or {}

    def is_new(self, of: ObjectRef, before: Manifest) -> None:
        """Wait until an object is there again that was deleted."""

        def is_another() -> bool:
            live = self.rest.get(of)
            return live is not None and live["metadata"]["uid"] != before["metadata"]["uid"]

        blocking_until(is_another, SECONDS, f"{of} is there again")

    def is_again(self, of: ObjectRef, before: Manifest) -> None:
        """Wait until an object is as it was."""
        wanted = content(before)
        what = f"{of} is as it was"
        blocking_until(lambda: content(self.live(of)) == wanted, SECONDS, what)

    def is_gone(self, of: ObjectRef, seconds: float = SECONDS) -> None:
        blocking_until(lambda: self.rest.get(of) is None, seconds, f"{of} is gone")

    def inventory(self, component: str) -> frozenset[ObjectRef]:
        """Return what the component's inventory lists; empty if there is none."""
        live = self.rest.get(ref("v1", "ConfigMap", f"rhoai-inventory-{component}", OPERATORS))
        rows = json.loads(live["data"]["objects"]) if live else ()
        return frozenset(
            ref(row["apiVersion"], row["kind"], row["name"], row.get("namespace", ""))
            for row in rows
        )

    @property
    def reconciles(self) -> float:
        """How often the operator has looked at a component since it started."""
        return self._metric("controller_runtime_reconcile_total")

    def is_idle(self) -> None:
        """Wait until no component is worked on or waits for it."""

        def idle() -> bool:
            busy = ("workqueue_depth", "controller_runtime_active_workers")
            return not any(map(self._metric, busy))

        blocking_until(idle, SECONDS, "the operator has nothing to do")

    def _metric(self, name: str) -> float:
        lines = self.operator.get("/metrics").splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name}{{"))

    def restart(self, **env: str) -> None:
        """Stop the operator if it runs; start it with these variables; let it look around."""
        if self.operator.is_alive:
            self.operator.stop()
        self.operator.env = {**self.catalog.env, **env}
        self.operator.start()
        what = "it has looked at everything"
        blocking_until(lambda: self.reconciles >= self.components, SECONDS, what)

    def resynced(self, times: int) -> None:
        """Wait until the operator has looked at everything so often."""
        enough = self.reconciles + times * self.components
        what = f"everything is looked at {times} times"
        blocking_until(lambda: self.reconciles >= enough, SECONDS, what)

    def is_silent(self, resyncs: int, seconds: float = SECONDS) -> None:
        """Wait until the operator has looked at everything so often without any request.

        Raises:
            AssertionError: it keeps asking; the message says for what.
        """
        mark, before = self.mark(), self.reconciles
        said: list[str] = []

        def silent() -> bool:
            nonlocal mark, before
            seen = self.reconciles
            if found := self.requests(mark):
                said[:] = map(str, found)
                mark, before = self.mark(), self.reconciles
            return seen - before >= resyncs * self.components

        try:
            blocking_until(silent, seconds, f"{resyncs} resyncs without a request")
        except AssertionError as error:
            raise AssertionError(f"{error}; the newest requests: {said}") from None


Open: TypeAlias = Callable[..., AbstractContextManager[Scene]]


def content(live: Manifest) -> dict[str, Any]:
    """Return what people mean by an object: without status, and what the API server assigns."""
    assigned = {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}
    metadata = {k: v for k, v in live["metadata"].items() if k not in assigned}
    notes = {k: v for k, v in metadata.pop("annotations", {}).items() if k != REVISION}
    metadata |= {"annotations": notes} if notes else {}
    rest = {k: v for k, v in live.items() if k not in ("status", "metadata")}
    return {**rest, "metadata": metadata}


def an(what: ObjectRef, **fields: Any) -> dict[str, Any]:
    """Return a manifest of this name."""
    place = {"namespace": what.namespace} if what.namespace else {}
    metadata = {"name": what.name, **place}
    return {"apiVersion": what.api_version, "kind": what.kind, "metadata": metadata, **fields}


DSC = ref("datasciencecluster.opendatahub.io/v1", "DataScienceCluster", "default-dsc", "")
CONFIG = ref("v1", "ConfigMap", "hooked")
FOLLOWER = ref("v1", "ConfigMap", "follower")
SECRET = ref("v1", "Secret", "hooked")
SERVICE = ref("v1", "Service", "hooked")
SERVER = ref("apps/v1", "Deployment", "hooked")
HOOK = ref("hooked.example.com/v1", "Hook", "first")
DEFINITION = ref(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "hooks.hooked.example.com", ""
)
WEBHOOK = ref("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "hooked", "")
"""Objects of the components ``hooked`` and ``follower``."""

TELLING = (
    "/datascienceclusters/default-dsc/status",
    *(f"/configmaps/rhoai-inventory-{name}" for name in ("hooked", "follower")),
)
"""What is written when something was set right: what is known of it, and how it is."""

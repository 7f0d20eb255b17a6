"""A fresh control plane with our API installed, for one measurement, and operators on it."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench.api import Access, Api, Object, Refused, collection, path_of
from bench.audit import Audit
from bench.bodies import bodies
from bench.generated import Shape
from bench.operator import Operator, cpu_seconds
from bench.real import Real
from bench.waiting import until
from hack import control_plane, openshift
from hack.control_plane_programs import NO_FLAGS, Flags
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import load_catalog

NAMESPACE = "redhat-ods-applications"
OPERATOR_NAMESPACE = "redhat-ods-operator"
ACCOUNTS = "bench"
RESULTS = Path(__file__).resolve().parent / "results"
OURS = "app.kubernetes.io/managed-by=rhoai-operator"
CALM_SHARE = 0.15
"""Cores that the control plane may use when it counts as calm."""
CALM_SECONDS = 60.0
ESTABLISHED_SECONDS = 30.0
COLLECTED_SECONDS = 90.0
OUR_PLURALS = frozenset({"datascienceclusters", "dscinitializations"})
READY_SECONDS = 60.0

DSCI: Object = {
    "apiVersion": "dscinitialization.opendatahub.io/v1",
    "kind": "DSCInitialization",
    "metadata": {"name": "default-dsci"},
    "spec": {
        "applicationsNamespace": NAMESPACE,
        "monitoring": {"managementState": "Removed"},
    },
}


def dsc(components: Sequence[str], state: str = "Managed") -> Object:
    """Ask for these components."""
    asked = {name: {"managementState": state} for name in components}
    return {
        "apiVersion": "datasciencecluster.opendatahub.io/v1",
        "kind": "DataScienceCluster",
        "metadata": {"name": "default-dsc"},
        "spec": {"components": asked},
    }


@dataclass
class Stage:
    """What one measurement needs.

    Attributes:
        api: the administrator's access; the operator has an account of its own.
        access: the operator's access, and the raw apply's.
        kubeconfig: the same as a file.
        attach: what goes along while an operator is measured, by its number: a profiler.
    """

    folder: Path
    shape: Shape | Real
    api: Api
    access: Access
    kubeconfig: Path
    audit: Audit
    attach: Callable[[int], AbstractContextManager[object]]
    operators: AsyncExitStack = field(default_factory=AsyncExitStack)
    _started: int = 0

    @property
    def manifests(self) -> Path:
        """Where the components are."""
        return self.folder / "manifests"

    async def operator(self, kubeconfig: Path | None = None, **env: str) -> Operator:
        """Start an operator and wait until it is ready; it ends with the stage at the latest."""
        self._started += 1
        log = self.folder / f"operator-{self._started}.log"
        env["RHOAI_MANIFESTS_DIR"] = str(self.manifests)
        started = Operator(kubeconfig or self.kubeconfig, log, env)
        self.operators.callback(started.kill)
        await started.ready()
        return started

    async def initialized(self, kubeconfig: Path | None = None, **env: str) -> Operator:
        """Start an operator, make the namespaces, and wait until all is silent."""
        started = await self.operator(kubeconfig, **env)
        await self.initialize()
        await self.calm()
        return started

    async def initialize(self) -> None:
        """Create the DSCInitialization and wait until it is Ready and the operator is silent."""
        await self.api.create(DSCI)

        async def is_ready() -> bool:
            return "Ready" in true_conditions(await self.api.get(path_of(DSCI)))

        await until(is_ready, "the DSCInitialization is Ready", READY_SECONDS)
        await self.audit.quiet(1, READY_SECONDS)

    def keep_logs(self) -> None:
        """Copy what operators said to where results are: something went wrong."""
        RESULTS.mkdir(exist_ok=True)
        for log in self.folder.glob("operator-*.log"):
            shutil.copy(log, RESULTS / log.name)

    async def follow(self, resource: Object) -> AsyncIterator[Object]:
        """Follow a custom resource, with every change; it need not be there yet."""
        selector = f"metadata.name={resource['metadata']['name']}"
        events = self.api.watch(collection(resource["kind"]), fieldSelector=selector)
        async for event in events:
            yield event["object"]

    async def bodies(self) -> Mapping[str, Sequence[Object]]:
        """Render what the operator should apply for the custom resources there are."""
        live = await self.api.get(path_of(dsc(())))
        initialization = await self.api.get(path_of(DSCI))
        return await asyncio.to_thread(
            bodies, self.manifests, self.shape.names, live, initialization
        )

    async def calm(self) -> None:
        """Wait until the control plane has nothing left to do."""
        before = self._used()

        async def idle() -> bool:
            nonlocal before
            await asyncio.sleep(1)
            used, before = self._used() - before, self._used()
            return used < CALM_SHARE

        await until(idle, "the control plane is calm", CALM_SECONDS)

    def _used(self) -> float:
        pids = (self.folder / "cluster").glob("*.pid")
        return sum(cpu_seconds(int(pid.read_text())) for pid in pids)


def true_conditions(live: Object) -> frozenset[str]:
    """Return the types of conditions that are True for the newest generation."""
    generation = live["metadata"]["generation"]
    conditions = live.get("status", {}).get("conditions", ())
    return frozenset(
        c["type"]
        for c in conditions
        if c["status"] == "True" and c.get("observedGeneration") == generation
    )


def nothing(_: int) -> AbstractContextManager[object]:
    """Attach nothing to an operator."""
    return nullcontext()


@asynccontextmanager
async def stage(
    shape: Shape | Real,
    attach: Callable[[int], AbstractContextManager[object]],
    flags: Flags = NO_FLAGS,
) -> AsyncIterator[Stage]:
    """Start a control plane with these components; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rhoai-bench-"))
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        shape.write(folder / "manifests")
        stack.callback(control_plane.down, folder / "cluster")
        # Not in a thread: when time is up meanwhile, it is to end before it is taken down.
        kubeconfig = control_plane.up(folder / "cluster", control_plane.build(), flags)
        admin = Access.of(kubeconfig)
        api = Api(await stack.enter_async_context(admin.session(connections=64)))
        token = await _account(api)
        access = Access(admin.server, admin.authority, token)
        log = folder / "cluster" / control_plane.AUDIT_LOG
        audit = Audit(log, api, f"system:serviceaccount:{ACCOUNTS}:operator")
        found = Stage(folder, shape, api, access, folder / "kubeconfig", audit, attach)
        _write_kubeconfig(kubeconfig, found.kubeconfig, token)
        await _install_api(api, found.manifests)
        if isinstance(shape, Real):
            await asyncio.to_thread(openshift.install, (str(folder / "cluster/kubectl"),))
        await stack.enter_async_context(found.operators)
        await _collected(found.audit)
        await found.calm()
        try:
            yield found
        except BaseException:
            found.keep_logs()
            raise


async def _account(api: Api) -> str:
    """Make the account that is measured; return a token for it."""
    await api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ACCOUNTS}})
    where = {"name": "operator", "namespace": ACCOUNTS}
    await api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": where})
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "bench-operator"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", **where}],
    }
    await api.create(binding)
    path = f"{collection('ServiceAccount', ACCOUNTS)}/operator/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    answer = await api.send("POST", path, {**asked, "spec": {"expirationSeconds": 86400}})
    return str(answer["status"]["token"])


def _write_kubeconfig(source: Path, target: Path, token: str) -> None:
    config: dict[str, Any] = json.loads(source.read_text())
    config["users"][0]["user"] = {"token": token}
    target.write_text(json.dumps(config))


async def _install_api(api: Api, manifests: Path) -> None:
    crds = [datasciencecluster_crd(load_catalog(manifests)), dscinitialization_crd()]
    for crd in crds:
        await api.apply(crd)
    for crd in crds:
        path = collection(crd["spec"]["names"]["kind"])
        await until(partial(_serves, api, path), f"{path} is served", ESTABLISHED_SECONDS)


async def _collected(audit: Audit) -> None:
    """Wait until the garbage collector follows our kinds, as it does where they are not brand new.

    It looks for new kinds each half minute, and until then asks after every owned object, some of
    them again and again.
    """

    async def follows() -> bool:
        return audit.watches("kube-controller-manager/") >= OUR_PLURALS

    await until(follows, "the garbage collector follows our kinds", COLLECTED_SECONDS, 1.0)


async def _serves(api: Api, path: str) -> bool:
    try:
        return bool(await api.get(path))
    except Refused:  # its storage is being made ready
        return False

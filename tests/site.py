"""A cluster on which the operator is installed as users do it, with Helm or with kubectl."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from hack.packaging.operator_objects import NAME, NAMESPACE, ROOT
from rhoai_operator.core.objects import ObjectRef
from tests.account import refused
from tests.cluster import ControlPlane
from tests.deployed import operator_of
from tests.kubeconfig import access
from tests.rest import Refused, Rest
from tests.running import Operator, View
from tests.tools import needed
from tests.wait import blocking_until

MANIFEST = ROOT / "install.yaml"
CHART = ROOT / "charts" / "rhoai-operator"
CRDS = (
    "datascienceclusters.datasciencecluster.opendatahub.io",
    "dscinitializations.dscinitialization.opendatahub.io",
)
USER = f"system:serviceaccount:{NAMESPACE}:{NAME}"
HELM_SECONDS = 120
READY_SECONDS = 60.0
GUARD_SECONDS = 60.0
"""The API server looks every 30 s which definitions are new."""
RULERS = "datascienceclusters,dscinitializations"
POLICIES = "validatingadmissionpolicy,validatingadmissionpolicybinding"
NO_FINALIZERS = '{"metadata": {"finalizers": null}}'
PASSING = {
    "ControllerRevision",
    "EndpointSlice",
    "Endpoints",
    "Event",
    "Pod",
    "PodMetrics",
    "ReplicaSet",
}
"""What comes and goes by itself."""


@dataclass
class Site:
    """A cluster, and who installs on it.

    Attributes:
        folder: what operators need of this machine.
    """

    plane: ControlPlane
    view: View
    folder: Path
    operators: list[Operator] = field(default_factory=list)

    def helm(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(needed("helm")), *args, "--namespace", NAMESPACE],
            check=False,
            capture_output=True,
            text=True,
            timeout=HELM_SECONDS,
            env={**os.environ, "KUBECONFIG": str(self.plane.kubeconfig)},
        )
        assert not check or done.returncode == 0, f"helm {' '.join(args)}: {done.stderr}"
        return done

    def release(self) -> str:
        """Return the chart's version and the release's status; empty if there is no release."""
        releases = json.loads(self.helm("list", "--all", "--output", "json").stdout)
        return " ".join(f"{r['chart']} {r['status']}" for r in releases)

    def deployed(self) -> Operator:
        """Start the operator that the live Deployment describes."""
        folder = self.folder / str(len(self.operators))
        operator = operator_of(self.plane, NAMESPACE, NAME, folder)
        self.operators.append(operator)
        operator.start()
        return operator

    def refused(self) -> list[str]:
        """Return what the operator's account was refused."""
        return refused(self.plane.audit_of(USER))

    def wait_ready(self) -> None:
        blocking_until(
            lambda: self.view.reason("Ready") == "True/AllReady", READY_SECONDS, "all is Ready"
        )

    def everything(self) -> set[ObjectRef]:
        """Return all that there is but what comes and goes by itself."""
        return blocking_until(self._everything, READY_SECONDS, "all kinds can be listed")

    def _everything(self) -> set[ObjectRef]:
        with closing(Rest(access(self.plane.kubeconfig))) as rest:
            kinds = {(s.group, s.kind): s for s in reversed(rest.discover()) if s.listed}
            try:
                found = [live for kind in kinds.values() for live in rest.list(kind, brief=True)]
            except Refused:  # a cache for a new kind is being made
                return set()
        return {ObjectRef.of(live) for live in found if live["kind"] not in PASSING}

    def generations(self) -> dict[str, str]:
        """Return what changes when somebody writes to an object of the plain manifest."""
        found = json.loads(self.plane.kubectl("get", "-f", str(MANIFEST), "-o", "json").stdout)
        return {
            f"{item['kind']} {item['metadata']['name']}": str(
                item["metadata"].get("generation", item["metadata"]["resourceVersion"])
            )
            for item in found["items"]
        }

    def uids(self, kind: str) -> dict[str, str]:
        """Return the UIDs of the installed component's objects of a kind, by name."""
        found = self.view.all_of(kind, "-A", "-l", "app.opendatahub.io/ray=true")
        return {item["metadata"]["name"]: item["metadata"]["uid"] for item in found}

    def deletion(self, *what: str) -> str:
        """Try to delete something, and do not; return why that is refused."""
        return self.plane.kubectl("delete", *what, "--dry-run=server", check=False).stderr

    def wait_guarded(self) -> str:
        """Wait until the API server knows what it is to guard; return what it says then."""
        return blocking_until(
            lambda: self.deletion("namespace", NAMESPACE), GUARD_SECONDS, "the guard is effective"
        )

    def clean(self) -> None:
        """End the operators, and delete everything of theirs, whatever state a test left it in."""
        for operator in self.operators:
            operator.end()
        for name in self.plane.kubectl("get", RULERS, "-o", "name", check=False).stdout.split():
            self.plane.kubectl("patch", name, "--type=merge", "--patch", NO_FINALIZERS)
            self.plane.kubectl("delete", "--ignore-not-found", name)
        delete = ("delete", "--ignore-not-found", "--timeout=30s")
        self.plane.kubectl(*delete, POLICIES, "-l", f"app.kubernetes.io/name={NAME}")
        blocking_until(
            lambda: not self.plane.kubectl(*delete, "-f", str(MANIFEST), check=False).returncode,
            GUARD_SECONDS,
            "everything is deleted",
        )

"""What the Operator Lifecycle Manager makes of a bundle, as far as an operator notices it.

Two things differ, since nothing runs in this control plane's pods: the operator is a process on
this host, which reads the pod's volumes from folders; and webhooks are called there, not by a
Service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from rhoai_operator.core.objects import Manifest, digest
from rhoai_operator.reconcile.certificates.pki import issue, make_authority
from tests.cluster import ControlPlane
from tests.deployed import operator_of
from tests.running import Operator, free_ports

CERTIFICATES = {
    "webhook-cert": ("/tmp/k8s-webhook-server/serving-certs", "tls.crt", "tls.key"),  # noqa: S108
    "apiservice-cert": ("/apiserver.local.config/certificates", "apiserver.crt", "apiserver.key"),
}
"""Volumes that OLM adds to a Deployment with webhooks: where they are mounted, and their files."""
YEARS = timedelta(days=730)
AVAILABLE = "--timeout=50s"
EVERYWHERE = ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace")
RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Bundle:
    """The objects of a bundle's ``manifests/``."""

    csv: Manifest
    others: tuple[Manifest, ...]

    @property
    def deployment(self) -> Manifest:
        """The only one of the CSV."""
        only: Manifest
        (only,) = self.csv["spec"]["install"]["spec"]["deployments"]
        return only

    @property
    def name(self) -> str:
        return str(self.csv["metadata"]["name"])


def read(folder: Path) -> Bundle:
    """Read the first document of each file, as OLM does."""
    found = [next(yaml.safe_load_all(path.read_text())) for path in sorted(folder.iterdir())]
    kinds = [manifest["kind"] for manifest in found]
    csv = found.pop(kinds.index("ClusterServiceVersion"))
    return Bundle(csv, tuple(found))


@dataclass
class Olm:
    """Installs bundles into one namespace, and runs what is in them.

    Attributes:
        folder: where the pod's volumes and the operator's log are.
        webhook_port: of loopback, where webhooks are called.
    """

    cluster: ControlPlane
    namespace: str
    folder: Path
    webhook_port: int = field(default_factory=lambda: free_ports()[0])

    def install(self, bundle: Bundle) -> None:
        """Do what an InstallPlan says, and wait until the Deployment is available."""
        definitions = [m for m in bundle.others if m["kind"] == "CustomResourceDefinition"]
        names = [f"crd/{crd['metadata']['name']}" for crd in definitions]
        self._apply(_namespace(bundle.csv))
        self._apply(*definitions)
        self.cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)
        self._apply(*(m for m in bundle.others if m not in definitions))
        self._apply(*self._account(bundle), *self._webhook(bundle))
        self._apply(self._deployment(bundle))
        named = f"deployment/{bundle.deployment['name']}"
        rollout = ("rollout", "status", named, "-n", self.namespace, AVAILABLE)
        self.cluster.kubectl(*rollout)

    def retire(self, bundle: Bundle) -> None:
        """Collect what belonged to a version that another one has replaced."""
        for kind in ("clusterrole", "clusterrolebinding"):
            self.cluster.kubectl("delete", kind, "-l", f"olm.owner={bundle.name}")

    def uninstall(self, bundle: Bundle) -> None:
        """Delete the CSV and what it brought; definitions stay."""
        self.retire(bundle)
        others = [m for m in bundle.others if m["kind"] != "CustomResourceDefinition"]
        for manifest in (self._deployment(bundle), *others, *self._webhook(bundle)):
            self._delete(self._placed(manifest))

    def operator(self, bundle: Bundle) -> Operator:
        """Return the container of the live Deployment as a process of its ServiceAccount's."""
        name = bundle.deployment["name"]
        found = operator_of(self.cluster, self.namespace, name, self.folder)
        address = f"--webhook-bind-address=127.0.0.1:{self.webhook_port}"
        return replace(found, args=(*found.args, address))

    def _account(self, bundle: Bundle) -> Iterator[Manifest]:
        for permission in bundle.csv["spec"]["install"]["spec"]["clusterPermissions"]:
            account = permission["serviceAccountName"]
            name = f"{bundle.name}-{digest(permission)[:10]}"
            metadata = {"name": name, "labels": {"olm.owner": bundle.name}}
            role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
            subject = {"kind": "ServiceAccount", "name": account, "namespace": self.namespace}
            rules = permission["rules"]
            yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
            yield {**_of_rbac("ClusterRole", metadata), "rules": rules}
            binding = _of_rbac("ClusterRoleBinding", metadata)
            yield {**binding, "roleRef": role, "subjects": [subject]}

    def _webhook(self, bundle: Bundle) -> Iterator[Manifest]:
        """Make a certificate, and the configurations that trust it."""
        name = f"{bundle.deployment['name']}-service"
        now = datetime.now(UTC)
        authority = make_authority("OLM", YEARS, now)
        pair = issue(authority, (f"{name}.{self.namespace}.svc", "localhost"), YEARS, now)
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{name}-cert"}}
        yield {**secret, "data": {"tls.crt": pair.encoded, "tls.key": pair.encoded_key}}
        for definition in bundle.csv["spec"]["webhookdefinitions"]:
            url = f"https://localhost:{self.webhook_port}{definition['webhookPath']}"
            client = {"url": url, "caBundle": authority.encoded}
            ours = ("rules", "failurePolicy", "sideEffects", "admissionReviewVersions")
            taken = {key: definition[key] for key in (*ours, "timeoutSeconds")}
            webhook = {"name": definition["generateName"], "clientConfig": client, **taken}
            yield {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": f"{definition['generateName']}-x7x7x"},
                "webhooks": [webhook],
            }

    def _deployment(self, bundle: Bundle) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(bundle.deployment))
        template = found["spec"]["template"]
        template["metadata"].setdefault("annotations", {})["olm.targetNamespaces"] = ""
        pod = template["spec"]
        secret = f"{found['name']}-service-cert"
        for container in pod["containers"]:
            condition = {"name": "OPERATOR_CONDITION_NAME", "value": bundle.name}
            container["env"] = [*container.get("env", ()), condition]
            mounts = [{"name": n, "mountPath": path} for n, (path, *_) in CERTIFICATES.items()]
            container["volumeMounts"] = [*container.get("volumeMounts", ()), *mounts]
        for name, (_, *files) in CERTIFICATES.items():
            keys = zip(("tls.crt", "tls.key"), files, strict=True)
            items = [{"key": key, "path": path} for key, path in keys]
            volume = {"name": name, "secret": {"secretName": secret, "items": items}}
            pod["volumes"] = [*pod.get("volumes", ()), volume]
        metadata = {"name": found["name"], "labels": found["label"]}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": found["spec"],
        }

    def _apply(self, *manifests: Manifest) -> None:
        items = [self._placed(manifest) for manifest in manifests]
        stream = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        apply = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        self.cluster.kubectl(*apply, stdin=stream)

    def _delete(self, manifest: Manifest) -> None:
        options = ("--ignore-not-found", "--timeout=30s", "-f", "-")
        self.cluster.kubectl("delete", *options, stdin=json.dumps(manifest))

    def _placed(self, manifest: Manifest) -> Manifest:
        if manifest["kind"] in EVERYWHERE or "Webhook" in manifest["kind"]:
            return manifest
        return {**manifest, "metadata": {**manifest["metadata"], "namespace": self.namespace}}


def _namespace(csv: Manifest) -> Manifest:
    """Return the namespace that the console makes."""
    key = "operatorframework.io/suggested-namespace-template"
    found: Manifest = json.loads(csv["metadata"]["annotations"][key])
    return found


def _of_rbac(kind: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata}

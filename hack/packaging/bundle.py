"""Makes ``bundle/``: what the Operator Lifecycle Manager installs the operator from.

What people wrote about it is in ``bundle.yaml``; the rest follows from the API, the catalog and the
operator's own objects.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hack.packaging import claims, images, operator_objects, rights
from hack.packaging.descriptors import spec_descriptors, status_descriptors
from hack.packaging.operator_objects import NAME, NAMESPACE, ROOT
from hack.packaging.text import document, documents
from hack.packaging.webhooks import olm_definitions
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.core.objects import Manifest

FOLDER = "bundle"
WRITTEN = Path(__file__).with_name("bundle.yaml")
ICON = Path(__file__).with_name("icon.svg")
PREFIX = "operators.operatorframework.io.bundle"
CERTIFICATES = "/tmp/k8s-webhook-server/serving-certs"
"""Where OLM mounts the certificate that it makes for webhooks, as tls.crt and tls.key."""

_BUNDLED = (
    ("Service", operator_objects.METRICS_SERVICE),
    ("PodDisruptionBudget", NAME),
    ("ClusterRole", operator_objects.METRICS_READER),
    ("ClusterRoleBinding", operator_objects.METRICS_READER),
    ("Role", operator_objects.PROMETHEUS),
    ("RoleBinding", operator_objects.PROMETHEUS),
)
"""The operator's objects that OLM takes as they are. It makes the ServiceAccount, the webhook's
Service and the namespace itself, and would not take a NetworkPolicy or a ServiceMonitor everywhere."""


_MONITORING = """\
# Made by `make generate` from hack/packaging/monitoring.yaml; changes here get lost.
# Has OpenShift's Prometheus scrape the operator. Needs the kinds of the Prometheus operator.
"""


def written() -> dict[str, Any]:
    """Return what people wrote."""
    found: dict[str, Any] = yaml.safe_load(WRITTEN.read_text(encoding="utf-8"))
    return found


def texts(catalog: Catalog) -> dict[str, str]:
    """Return all generated files: path in the repository -> text."""
    source = "hack/packaging/bundle.py and what it reads"
    made = {name: document(manifest, source) for name, manifest in files(catalog).items()}
    pins = images.PINS.relative_to(ROOT).as_posix()
    return {
        **made,
        "bundle.Dockerfile": dockerfile(),
        pins: images.pins_text(catalog),
        "docs/install/olm-claims.md": claims.page(catalog, written()["features"]),
        "config/monitoring/servicemonitor.yaml": _MONITORING
        + documents(*operator_objects.monitoring()),
    }


def files(catalog: Catalog) -> dict[str, Manifest]:
    """Return the bundle's files: path in the repository -> the one object in it."""
    manifests = f"{FOLDER}/manifests"
    crds = {
        f"{manifests}/{crd['spec']['group']}_{crd['spec']['names']['plural']}.yaml": crd
        for crd in _crds(catalog)
    }
    objects = {f"{manifests}/{_file_of(item)}": item for item in bundled()}
    return {
        f"{manifests}/{NAME}.clusterserviceversion.yaml": csv(catalog),
        **crds,
        **objects,
        f"{FOLDER}/metadata/annotations.yaml": {"annotations": labels()},
    }


def dockerfile() -> str:
    """Return what the bundle's image is made from: it holds files only."""
    lines = "".join(f"LABEL {key}={value}\n" for key, value in labels().items())
    return (
        f"FROM scratch\n\n{lines}\nCOPY {FOLDER}/manifests /manifests/\n"
        f"COPY {FOLDER}/metadata /metadata/\n"
    )


def labels() -> dict[str, str]:
    """Return what says what kind of bundle it is, and in which channels."""
    text = written()
    return {
        f"{PREFIX}.mediatype.v1": "registry+v1",
        f"{PREFIX}.manifests.v1": "manifests/",
        f"{PREFIX}.metadata.v1": "metadata/",
        f"{PREFIX}.package.v1": text["package"],
        f"{PREFIX}.channels.v1": ",".join(text["channels"]),
        f"{PREFIX}.channel.default.v1": text["defaultChannel"],
        "com.redhat.openshift.versions": text["openshiftVersions"],
    }


def icon() -> str:
    """Return the icon, an SVG, in base64."""
    return base64.b64encode(ICON.read_bytes()).decode()


def bundled() -> list[Manifest]:
    """Return what is in the bundle besides the CSV and the CRDs.

    The Role is among it, and not among the CSV's permissions: for an operator that watches all
    namespaces OLM makes those hold in every one.
    """
    home = [*rights.roles(), *(item for item in rights.bindings() if item["kind"] == "RoleBinding")]
    return [_unplaced(item) for item in (*map(_own, _BUNDLED), *home)]


def csv(catalog: Catalog, version: str = "", replaces: str | None = None) -> dict[str, Any]:
    """Return the ClusterServiceVersion; by default of this version, which replaces the one before."""
    text = written()
    version = version or operator_objects.version()
    before = f"{NAME}.v{text['previous']}" if replaces is None else replaces
    return {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "ClusterServiceVersion",
        "metadata": {
            "name": f"{NAME}.v{version}",
            "annotations": _csv_annotations(catalog, text),
            "labels": {
                "operatorframework.io/os.linux": "supported",
                **{f"operatorframework.io/arch.{a}": "supported" for a in text["architectures"]},
            },
        },
        "spec": {
            **{key: text[key] for key in ("displayName", "description", "maturity", "provider")},
            "version": version,
            **({"replaces": before} if before else {}),
            **{key: text[key] for key in ("minKubeVersion", "maintainers", "links", "keywords")},
            "icon": [{"base64data": icon(), "mediatype": "image/svg+xml"}],
            "installModes": [
                {"type": mode, "supported": mode == "AllNamespaces"}
                for mode in ("OwnNamespace", "SingleNamespace", "MultiNamespace", "AllNamespaces")
            ],
            "customresourcedefinitions": {"owned": _owned(catalog)},
            "install": {"strategy": "deployment", "spec": _install(catalog)},
            "webhookdefinitions": olm_definitions(),
            "relatedImages": images.related(catalog),
        },
    }


def _csv_annotations(catalog: Catalog, text: Mapping[str, Any]) -> dict[str, str]:
    dsc, dsci = samples(catalog)
    features = claims.of(catalog, text["features"])
    ours = {
        "alm-examples": _json([dsc, dsci]),
        "capabilities": text["capabilities"],
        "categories": text["categories"],
        "certified": "false",
        "containerImage": images.operator_image(),
        "createdAt": text["createdAt"],
        "description": text["tile"],
        "operatorframework.io/initialization-resource": _json(dsc),
        "operatorframework.io/suggested-namespace": NAMESPACE,
        "operatorframework.io/suggested-namespace-template": _json(_namespace()),
        "operatorframework.io/cluster-monitoring": "true",
        "console.openshift.io/disable-operand-delete": "true",
        "repository": text["links"][0]["url"],
        "support": text["provider"]["name"],
    }
    claimed = {
        f"features.operators.openshift.io/{name}": str(claim["claimed"]).lower()
        for name, claim in features.items()
    }
    return dict(sorted({**ours, **claimed}.items()))


def samples(catalog: Catalog) -> tuple[Manifest, Manifest]:
    """Return what the console offers to create: a DataScienceCluster and a DSCInitialization."""
    removed = written()["offeredRemoved"]
    names = [c.name for c in catalog.owned_by("DataScienceCluster") if not c.shared_by]
    states = {
        name: {"managementState": "Removed" if name in removed else "Managed"}
        for name in names
        if name in catalog.available
    }
    dsc = {"components": states}
    dsci = {
        "monitoring": {"managementState": "Managed"},
        "trustedCABundle": {"managementState": "Managed", "customCABundle": ""},
    }
    return _sample("DataScienceCluster", "dsc", dsc), _sample("DSCInitialization", "dsci", dsci)


def _sample(kind: str, short: str, spec: Mapping[str, Any]) -> Manifest:
    return {
        "apiVersion": f"{kind.lower()}.opendatahub.io/v1",
        "kind": kind,
        "metadata": {
            "name": f"default-{short}",
            "labels": {"app.kubernetes.io/name": kind.lower()},
        },
        "spec": spec,
    }


def _crds(catalog: Catalog) -> tuple[Manifest, Manifest]:
    return datasciencecluster_crd(catalog), dscinitialization_crd()


def _owned(catalog: Catalog) -> list[dict[str, Any]]:
    kinds = {name: definition.kind for name, definition in catalog.components.items()}
    made = ("ConfigMap", "Deployment", "Namespace", "Secret", "Service", "ServiceAccount")
    return [
        {
            "name": crd["metadata"]["name"],
            "kind": crd["spec"]["names"]["kind"],
            "version": crd["spec"]["versions"][0]["name"],
            "displayName": crd["spec"]["names"]["kind"],
            "description": _description(crd),
            "resources": [{"kind": kind, "name": "", "version": "v1"} for kind in made],
            "specDescriptors": spec_descriptors(crd, kinds),
            "statusDescriptors": status_descriptors(crd),
        }
        for crd in _crds(catalog)
    ]


def _description(crd: Manifest) -> str:
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return str(schema["description"])


def _install(catalog: Catalog) -> dict[str, Any]:
    args = (f"--webhook-cert-dir={CERTIFICATES}",)
    deployment = operator_objects.deployment(
        of=images.operator_image(), args=args, env=images.replaced(catalog)
    )
    metadata = deployment["metadata"]
    rules = rights.cluster_role()["rules"]
    return {
        "clusterPermissions": [{"serviceAccountName": NAME, "rules": rules}],
        "deployments": [
            {"name": metadata["name"], "label": metadata["labels"], "spec": deployment["spec"]}
        ],
    }


def _namespace() -> Manifest:
    return operator_objects.manifest("Namespace", NAMESPACE)


def _own(key: tuple[str, str]) -> Manifest:
    return operator_objects.manifest(*key)


def _unplaced(item: Manifest) -> Manifest:
    """Leave out the namespace, since OLM says where things are."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "namespace"}
    return {**item, "metadata": metadata}


def _file_of(item: Manifest) -> str:
    group, _, version = item["apiVersion"].rpartition("/")
    kind = item["kind"].lower()
    return "_".join((item["metadata"]["name"], *filter(None, (group,)), version, kind)) + ".yaml"


def _json(value: Any) -> str:  # noqa: ANN401 - a JSON value
    return json.dumps(value, indent=2)

"""What is generated of the Helm chart: its values, and the templates that follow from other sources.

The other templates are written by hand, since values are all over them; a test holds what they
render against ``operator.yaml``.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping

import yaml

from hack.packaging import alerts, chart_values, dashboard, guard, rights_text
from hack.packaging.chart_values import Schema
from hack.packaging.operator_objects import NAME, NAMESPACE, WEBHOOK_SERVICE, version
from hack.packaging.text import documents
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.webhook import service_client, validating_webhook

CHART = "charts/rhoai-operator"
PAGE = "docs/install/values.md"
LEAST_KUBERNETES = "1.29.0"
"""The oldest where CEL in definitions and conditions of webhooks are on for good."""

_RELEASE_NAMESPACE = "{{ .Release.Namespace }}"
_LABELS = '{{- include "rhoai-operator.labels" . | nindent 4 }}'
_PLAIN_LABELS = f"  labels: {{app.kubernetes.io/name: {NAME}}}"
_BLOCK_LABELS = f"  labels:\n    app.kubernetes.io/name: {NAME}"
_CA_BUNDLE = "CA-BUNDLE"
_WIDTH = 100


def texts(catalog: Catalog) -> dict[str, str]:
    """Return the text of each generated file, by its path in the repository."""
    made = {
        "Chart.yaml": chart_yaml(),
        "values.yaml": values_yaml(),
        "values.schema.json": schema_json(),
        "README.md": readme(),
        "generated/alerts.yaml": f"# {_made_from('hack/packaging/alerts.yaml')}\n{_alerts()}",
        "generated/dashboard.json": dashboard.as_json(),
        "templates/rbac.yaml": rbac(),
        "templates/webhook.yaml": webhook(),
        "templates/guard.yaml": guard_yaml(),
        "templates/crds/datascienceclusters.yaml": crd(datasciencecluster_crd(catalog)),
        "templates/crds/dscinitializations.yaml": crd(dscinitialization_crd()),
    }
    return {**{f"{CHART}/{path}": text for path, text in made.items()}, PAGE: values_page()}


def chart_yaml() -> str:
    chart = {
        "apiVersion": "v2",
        "name": NAME,
        "description": "Installs, keeps and removes the components of OpenShift AI and Open Data Hub.",
        "type": "application",
        "version": version(),
        "appVersion": version(),
        "kubeVersion": f">={LEAST_KUBERNETES}-0",
        "keywords": ["ai", "machine-learning", "openshift-ai", "open-data-hub", "operator"],
        "annotations": {
            "artifacthub.io/license": "Apache-2.0",
            "artifacthub.io/operator": "true",
            "artifacthub.io/operatorCapabilities": "Full Lifecycle",
        },
    }
    return f"# {_made_from('pyproject.toml')}\n" + yaml.safe_dump(
        chart, sort_keys=False, width=_WIDTH
    )


def schema_json() -> str:
    schema = chart_values.schema()
    # A chart that depends on this one hands on what is global to it.
    schema["properties"]["global"] = {"type": "object", "description": "Not used."}
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def values_yaml() -> str:
    blocks = _values(chart_values.schema()["properties"], depth=0)
    return f"# {_made_from('hack/packaging/chart_values.py')}\n\n" + "\n".join(blocks)


def _values(properties: Mapping[str, Schema], depth: int) -> Iterator[str]:
    """Go through values, each with its comment and default, as YAML."""
    pad = "  " * depth
    for name, below in properties.items():
        if "properties" in below:
            yield f"{pad}{name}:\n" + "".join(_values(below["properties"], depth + 1))
        else:
            fill = textwrap.TextWrapper(_WIDTH, initial_indent="# ", subsequent_indent="# ")
            comment = "\n".join(fill.wrap(below["description"]))
            default = yaml.safe_dump({name: below["default"]}, sort_keys=False, width=_WIDTH)
            yield textwrap.indent(f"{comment}\n{default}", pad)


def readme() -> str:
    return _README.format(version=version(), least=LEAST_KUBERNETES, table=_table())


def values_page() -> str:
    """Return the same table as a page of the documentation."""
    return _VALUES.format(table=_table())


def _table() -> str:
    head = "| value | meaning | default |\n| --- | --- | --- |\n"
    return head + "".join(
        f"| `{path}` | {_cell(below['description'])} | {_default(below['default'])} |\n"
        for path, below in _flat(chart_values.schema()["properties"])
    )


def _flat(properties: Mapping[str, Schema], above: str = "") -> Iterator[tuple[str, Schema]]:
    for name, below in properties.items():
        path = f"{above}{name}"
        if "properties" in below:
            yield from _flat(below["properties"], f"{path}.")
        else:
            yield path, below


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) < 40 else "see values.yaml"  # noqa: PLR2004 - fits a column


_README = """\
<!-- Made by `make generate` from hack/packaging/chart.py and chart_values.py. -->
# Helm chart of rhoai-operator

Version {version}, for Kubernetes {least} and newer and the OpenShift made of it. It installs the operator and
its two APIs; what the operator is to install you say in a `DataScienceCluster`.

```
helm upgrade --install rhoai-operator charts/rhoai-operator --namespace redhat-ods-operator --create-namespace --wait
```

On OpenShift add `--set certificates.provider=service-ca --set metrics.serviceMonitor.enabled=true`.

To uninstall, delete first what needs the operator to be deleted; in another order it is refused:

```
kubectl delete dsc --all
kubectl delete dsci --all
helm uninstall rhoai-operator --namespace redhat-ods-operator
```

[Install, upgrade](../../docs/install/helm.md) and [uninstall](../../docs/install/uninstall.md) say more.

## Values

What is `null` is as the operator has it built in.

{table}"""

_VALUES = """\
<!-- Made by `make generate` from hack/packaging/chart.py and chart_values.py. -->
# Values of the Helm chart

What is `null` is as the operator has it built in. [Helm](helm.md) says what they are good for.

{table}"""


def _alerts() -> str:
    return documents({"groups": alerts.groups()})


def rbac() -> str:
    """Return the operator's roles and bindings, with the reasons of all rules."""
    text = rights_text.as_yaml().partition("---\n")[2]
    return _template("{{- if .Values.rbac.create }}", text, "config/rbac.yaml")


def guard_yaml() -> str:
    """Return the guard, which stays on uninstall: one that is refused would take it away."""
    text = documents(*guard.objects()).replace("  labels:\n", f"{_STAYS}  labels:\n")
    condition = '{{- if include "rhoai-operator.guarded" . }}'
    return _template(condition, text, "hack/packaging/guard.py")


def webhook() -> str:
    """Return the configuration of the webhook; one that it serves by itself the operator makes."""
    client = {**service_client(WEBHOOK_SERVICE, NAMESPACE), "caBundle": _CA_BUNDLE}
    found = validating_webhook(client, NAMESPACE)
    found["metadata"]["labels"] = {"app.kubernetes.io/name": NAME}
    text = documents(found).replace("  labels:\n", f"{_WEBHOOK_ANNOTATIONS}  labels:\n")
    text = text.replace(f"    caBundle: {_CA_BUNDLE}\n", _WEBHOOK_CA)
    condition = '{{- if include "rhoai-operator.webhookSecret" . }}'
    return _template(condition, text, "rhoai_operator/reconcile/webhook.py")


_WEBHOOK_ANNOTATIONS = """\
  {{- if eq .Values.certificates.provider "cert-manager" }}
  annotations:
    cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/rhoai-operator-webhook
  {{- else if eq .Values.certificates.provider "service-ca" }}
  annotations:
    service.beta.openshift.io/inject-cabundle: "true"
  {{- end }}
"""
_WEBHOOK_CA = """\
    {{- if eq .Values.certificates.provider "files" }}
    caBundle: {{ required "certificates.caBundle is needed where certificates.provider is files" .Values.certificates.caBundle }}
    {{- end }}
"""


def crd(definition: Manifest) -> str:
    """Return a definition as a template that says what becomes of it on uninstall."""
    head = f"metadata:\n{_KEEP}{_PLAIN_LABELS}\n"
    text = documents(definition).replace("metadata:\n", head, 1)
    return _template("{{- if .Values.crds.install }}", text, "rhoai_operator/api/ and manifests/")


_STAYS = "  annotations:\n    helm.sh/resource-policy: keep\n"
_KEEP = f"  {{{{- if .Values.crds.keep }}}}\n{_STAYS}  {{{{- end }}}}\n"


def _template(condition: str, text: str, source: str) -> str:
    """Return plain manifests as a template: with the release's namespace and labels."""
    text = text.replace(NAMESPACE, _RELEASE_NAMESPACE)
    for labels in (_PLAIN_LABELS, _BLOCK_LABELS):
        text = text.replace(f"{labels}\n", f"  labels:\n    {_LABELS}\n")
    return f"{{{{- /* {_made_from(source)} */ -}}}}\n{condition}\n{text}{{{{- end }}}}\n"


def _made_from(source: str) -> str:
    return f"Made by `make generate` from {source}; changes here get lost."

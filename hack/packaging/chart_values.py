"""What the Helm chart's users may set: types, defaults and meaning, for schema, values and page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hack.packaging import alerts, operator_objects
from rhoai_operator.settings import Settings

Schema: TypeAlias = dict[str, Any]
Labels: TypeAlias = dict[str, str]
Objects: TypeAlias = list[dict[str, Any]]

CHARTS_OWN = frozenset(
    {
        "kubeconfig",  # a pod has its ServiceAccount
        "context",
        "operator_namespace",  # the release's
        "metrics_cert_dir",  # as `certificates` says
        "webhook_cert_dir",
        "webhook_service",
    }
)
"""Settings that follow from other values."""

_LEFT_OUT = ("title", "default", "format", "description")

_POD: dict[str, Any] = operator_objects.deployment()["spec"]["template"]["spec"]
_METRICS: dict[str, Any] = operator_objects.manifest("NetworkPolicy")["spec"]["ingress"][0]
_RULE_LABELS: Labels = alerts.prometheus_rule()["metadata"]["labels"]
_ENDPOINT: dict[str, Any] = operator_objects.manifest("ServiceMonitor")["spec"]["endpoints"][0]


class _Group(BaseModel):
    """Values are in camel case, their meaning is below each, and what is not here is a mistake."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_by_name=True,
    )


class _Image(_Group):
    repository: str = operator_objects.NAME
    """Where the image is, without tag."""
    tag: str = ""
    """Empty: the chart's appVersion."""
    digest: str = Field("", pattern="^(sha256:[0-9a-f]{64})?$")
    """Comes before the tag, such as sha256:0123…"""
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When nodes fetch it."""


class _ServiceAccount(_Group):
    annotations: Labels = {}
    """Annotations of the operator's ServiceAccount."""


class _Rbac(_Group):
    create: bool = True
    """Make the operator's roles and bindings. Without them an administrator has to."""


class _Crds(_Group):
    install: bool = True
    """Install the definitions of DataScienceCluster and DSCInitialization, and upgrade them."""
    keep: bool = True
    """Leave them on `helm uninstall`. With false it deletes them and everything that is of them."""


class _Certificates(_Group):
    provider: Literal["self", "cert-manager", "service-ca", "files"] = "self"
    """Who makes the certificates of webhook and metrics. "self": the operator. "service-ca":
    OpenShift. "files": you, in the Secrets below."""
    issuer_ref: dict[str, str] = {}
    """With cert-manager: name, kind and group of an issuer. Empty: one of the chart's own, which signs
    for itself."""
    webhook_secret: str = ""
    """With files: the Secret with tls.crt and tls.key for the webhook; needed."""
    metrics_secret: str = ""
    """With files: the same for metrics. Empty: the operator makes one at each start."""
    ca_bundle: str = ""
    """With files: who signed the webhook's certificate, PEM in base64; needed."""


class _Webhook(_Group):
    enabled: bool = True
    """Check DataScienceClusters and DSCInitializations when they are written or deleted. What the
    definitions themselves check is checked in any case."""


class _Account(_Group):
    name: str = ""
    """Name of your Prometheus' ServiceAccount, which may find the operator and read its metrics then;
    on OpenShift prometheus-k8s."""
    namespace: str = ""
    """Its namespace; on OpenShift openshift-monitoring."""


class _ServiceMonitor(_Group):
    enabled: bool = False
    """Let a Prometheus operator scrape the operator."""
    interval: str = Field(_ENDPOINT["interval"], pattern="^[0-9]+(ms|s|m|h)$")
    """How often."""
    labels: Labels = {}
    """Labels that your Prometheus looks for."""
    tls_config: dict[str, Any] = {}
    """How the metrics certificate is checked. Empty: with service-ca against OpenShift's CA, with
    cert-manager against the Secret's ca.crt, else not at all."""


class _PrometheusRule(_Group):
    enabled: bool = False
    """Install the alerts. Each has a runbook."""
    labels: Labels = {
        k: v for k, v in _RULE_LABELS.items() if not k.startswith("app.kubernetes.io/")
    }
    """Labels that your Prometheus looks for."""


class _Dashboard(_Group):
    enabled: bool = False
    """Install the Grafana dashboard, as a ConfigMap for Grafana's side-car."""
    labels: Labels = {"grafana_dashboard": "1"}
    """Labels that your Grafana looks for."""


class _Metrics(_Group):
    scraped_by: _Account = _Account()
    service_monitor: _ServiceMonitor = _ServiceMonitor()
    prometheus_rule: _PrometheusRule = _PrometheusRule()
    dashboard: _Dashboard = _Dashboard()


class _NetworkPolicy(_Group):
    enabled: bool = True
    """Let nobody reach the operator but who has to, and it nobody but DNS and the API server."""
    metrics_from: Objects = _METRICS["from"]
    """Who may scrape metrics."""
    egress: Objects = operator_objects.manifest("NetworkPolicy")["spec"]["egress"]
    """Whom the operator may reach. Your API server may listen on another port."""


class _PodDisruptionBudget(_Group):
    enabled: bool = True
    """Let drains of nodes take one replica at a time."""


class _Guard(_Group):
    enabled: bool = True
    """Refuse to let the operator be deleted while there is a DataScienceCluster or
    DSCInitialization, which nobody could finish deleting then. Kubernetes 1.30 and newer. The two policies stay on
    uninstall, and when this is switched off: delete them then."""


class Values(_Group):
    """Everything that can be set, in the order of values.yaml."""

    image: _Image = _Image()
    image_pull_secrets: Objects = []
    """Such as [{name: mirror}]."""
    replicas: int = Field(operator_objects.deployment()["spec"]["replicas"], ge=0)
    """One leads, the others stand by; all of them answer the webhook."""
    settings: dict[str, Any] = {}
    related_images: dict[str, str] = {}
    """Images of components other than the built-in ones, by variable, such as
    RELATED_IMAGE_ODH_DASHBOARD_IMAGE."""
    extra_env: Objects = []
    """Further variables, such as [{name: HTTPS_PROXY, value: "http://proxy.example.com:3128"}]."""
    resources: dict[str, Any] = _POD["containers"][0]["resources"]
    """Of the one container."""
    node_selector: Labels = {}
    """Labels of the nodes to run on."""
    tolerations: Objects = []
    """Taints of nodes that do not matter."""
    affinity: dict[str, Any] = _POD["affinity"]
    """By default replicas run on different nodes where they can."""
    topology_spread_constraints: Objects = _POD["topologySpreadConstraints"]
    """By default replicas run in different zones where they can."""
    priority_class_name: str = ""
    """Of the pods."""
    pod_labels: Labels = {}
    """Further labels of the pods."""
    pod_annotations: Labels = {}
    """Further annotations of the pods."""
    common_labels: Labels = {}
    """Further labels of everything."""
    service_account: _ServiceAccount = _ServiceAccount()
    rbac: _Rbac = _Rbac()
    crds: _Crds = _Crds()
    certificates: _Certificates = _Certificates()
    webhook: _Webhook = _Webhook()
    metrics: _Metrics = _Metrics()
    network_policy: _NetworkPolicy = _NetworkPolicy()
    pod_disruption_budget: _PodDisruptionBudget = _PodDisruptionBudget()
    guard: _Guard = _Guard()


def schema() -> Schema:
    """Return the JSON Schema of the values, without references, each with its default."""
    made = Values.model_json_schema()
    whole: Schema = _inlined(made, made.pop("$defs"))
    whole["properties"]["settings"] = _settings()
    return whole


def _inlined(part: Any, defs: Mapping[str, Schema]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(part, list):
        return [_inlined(item, defs) for item in part]
    if not isinstance(part, dict):
        return part
    if name := str(part.get("$ref", "")).removeprefix("#/$defs/"):
        found: Schema = _inlined(defs[name], defs)
        return found
    is_property_called_title = isinstance(part.get("title"), dict)
    kept = {k: v for k, v in part.items() if k != "title" or is_property_called_title}
    if "properties" in kept:  # what says it is in the source, not for the chart's users
        kept.pop("description", None)
    return {key: _inlined(value, defs) for key, value in kept.items()}


def _settings() -> Schema:
    made = Settings.model_json_schema()["properties"]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            to_camel(name): _setting(made[name], name)
            for name in Settings.model_fields
            if name not in CHARTS_OWN
        },
    }


def _setting(made: Schema, name: str) -> Schema:
    """Return the schema of a setting; null, its default, leaves the choice to the operator."""
    kept = {k: v for k, v in made.items() if k not in _LEFT_OUT}
    if "enum" in kept:
        kept["enum"] = [*kept["enum"], None]
    if "type" in kept:
        kept["type"] = [kept["type"], "null"]
    field = Settings.model_fields[name]
    text = " ".join(made["description"].split())
    if not field.default_factory and not isinstance(field.default, Path) and field.default != "":
        text = f"{text.rstrip('.')}. Built in: {_said(field.default)}."
    return {**kept, "description": text, "default": None}


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else f"{value}"

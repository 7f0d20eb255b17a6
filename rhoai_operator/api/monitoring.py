"""What a DSCInitialization says of monitoring, as the 2.32 to 2.35 CRDs have it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from rhoai_operator.api.model import (
    ApiModel,
    Int32,
    OptionalName,
    Quantity,
    check_namespace,
    rules,
)
from rhoai_operator.core.plan import ManagementState


class MetricsStorage(ApiModel):
    """Where metrics are kept."""

    size: Quantity = "5Gi"
    """Size of the volume."""
    retention: str = "90d"
    """How long metrics are kept, such as 90d."""


class MetricsResources(ApiModel):
    """What each replica of the metrics stack may use."""

    cpulimit: Quantity = "500m"
    """CPU it can use at most."""
    memorylimit: Quantity = "512Mi"
    """Memory it can use at most."""
    cpurequest: Quantity = "100m"
    """CPU set aside for it."""
    memoryrequest: Quantity = "256Mi"
    """Memory set aside for it."""


_EXPORTER_RULES = rules(
    ("!('prometheus' in self)", "the operator has an exporter of that name itself: prometheus"),
    ("!('otlp/tempo' in self)", "the operator has an exporter of that name itself: otlp/tempo"),
    ("self.all(name, self[name] != '')", "an exporter without configuration exports nothing"),
)


class Metrics(ApiModel):
    """How metrics are collected."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.storage) || has(self.resources) || !has(self.replicas)"
                " || self.replicas == 0",
                "replicas needs storage or resources: without them there is nothing to replicate",
            )
        )
    )

    storage: MetricsStorage | None = None
    """Keep metrics on a volume."""
    resources: MetricsResources | None = None
    """Run the metrics stack with these resources."""
    replicas: Int32 | None = None
    """Number of replicas of the metrics stack; chosen by the size of the cluster if absent."""
    exporters: Annotated[dict[str, str] | None, Field(json_schema_extra=_EXPORTER_RULES)] = None
    """Where else metrics are sent: configuration of OpenTelemetry exporters, by name."""


class TracesStorage(ApiModel):
    """Where traces are kept."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            ("self.backend == 'pv' || has(self.secret)", "secret is needed for s3 and gcs"),
            ("self.backend == 'pv' || !has(self.size)", "size is for pv only"),
        )
    )

    backend: Literal["pv", "s3", "gcs"] = "pv"
    """A persistent volume, or object storage at S3 or Google."""
    size: str | None = None
    """Size of the volume."""
    secret: str | None = None
    """Secret with the credentials for the object storage."""
    retention: str = "2160h"
    """How long traces are kept, such as 48h."""


class TracesTLS(ApiModel):
    """How the way to the trace storage is encrypted."""

    enabled: bool = True
    """Whether it is."""
    certificate_secret: str | None = None
    """Secret with the certificate; the one OpenShift makes for the Service if absent."""
    ca_config_map: str | None = None
    """ConfigMap with the certificate authority that signs client certificates."""


class Traces(ApiModel):
    """How traces are collected."""

    storage: TracesStorage
    """Where traces are kept."""
    sample_ratio: Annotated[str, Field(pattern=r"^(0(\.[0-9]+)?|1(\.0+)?)$")] = "0.1"
    """Share of requests that are traced, from 0 to 1."""
    tls: TracesTLS | None = None
    """How the way to the storage is encrypted."""
    exporters: dict[str, dict[str, Any]] | None = None
    """Where else traces are sent: configuration of OpenTelemetry exporters, by name."""


class Alerting(ApiModel):
    """Alerts on the metrics; there is nothing to choose."""


class Monitoring(ApiModel):
    """Monitoring of the platform itself."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "!has(self.alerting) || (has(self.metrics)"
                " && (has(self.metrics.storage) || has(self.metrics.resources)))",
                "alerting needs metrics.storage or metrics.resources: alerts come from metrics",
            ),
            (
                "!has(self.collectorReplicas) || (self.collectorReplicas > 0"
                " && (has(self.traces) || (has(self.metrics)"
                " && (has(self.metrics.storage) || has(self.metrics.resources)))))",
                "collectorReplicas must be 1 or more, and needs traces, metrics.storage or"
                " metrics.resources: without them nothing is collected",
            ),
            (
                "!has(self.managementState) || self.managementState != 'Managed'"
                " || !has(oldSelf.managementState) || oldSelf.managementState != 'Managed'"
                " || !has(oldSelf.__namespace__) || oldSelf.__namespace__ == ''"
                " || (has(self.__namespace__) && self.__namespace__ == oldSelf.__namespace__)",
                "namespace is immutable while monitoring is Managed: set Removed first",
            ),
        )
    )

    management_state: Literal[ManagementState.MANAGED, ManagementState.REMOVED] | None = None
    """Managed: the operator installs it. Removed, or absent: it does not."""
    namespace: OptionalName = None
    """Namespace it runs in; the platform's if absent."""
    metrics: Metrics | None = None
    """Collect metrics."""
    traces: Traces | None = None
    """Collect traces."""
    alerting: Alerting | None = None
    """Send alerts."""
    collector_replicas: Int32 | None = None
    """Number of OpenTelemetry collectors."""

    @field_validator("namespace")
    @classmethod
    def _fits(cls, value: str | None, seen: ValidationInfo) -> str | None:
        managed = seen.data.get("management_state") is ManagementState.MANAGED
        return check_namespace(value) if managed else value

    @property
    def state(self) -> ManagementState:
        """Who looks after it, Removed unless told."""
        return self.management_state or ManagementState.REMOVED

"""Every option of the operator: a field here is a flag and a ``RHOAI_…`` variable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rhoai_operator.core.tls import Profile, chosen, every_suite, unknown_suites

_HERE = Path(__file__).resolve().parent
MANIFESTS = next(filter(Path.is_dir, (_HERE / "manifests", _HERE.parent / "manifests")), _HERE)
"""Where the catalog lies: in the package, as a wheel brings it, else beside it in a checkout."""


def _makes_dsci() -> bool:
    """What 2.x says with ``DISABLE_DSC_CONFIG``: any value but "false" switches it off."""
    return os.environ.get("DISABLE_DSC_CONFIG", "false") == "false"


def _less_than(name: str) -> AfterValidator:
    """Let a number be less than that of an earlier field."""

    def check(value: float, given: ValidationInfo) -> float:
        most = given.data.get(name)
        if most is not None and value >= most:
            than = {"most": most, "name": name.replace("_", "-")}
            raise PydanticCustomError("less", "Input should be less than {most}, the {name}", than)
        return value

    return AfterValidator(check)


def _suites(value: str) -> str:
    """Refuse names of cipher suites that are unknown."""
    if unknown := unknown_suites(_names(value)):
        text = "Unknown cipher suites: {unknown}; give some of {known}"
        context = {"unknown": ", ".join(unknown), "known": ", ".join(every_suite())}
        raise PydanticCustomError("cipher_suites", text, context)
    return value


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


class Settings(BaseSettings):
    """Options in force. The strings below the fields are their help texts."""

    model_config = SettingsConfigDict(
        env_prefix="RHOAI_", frozen=True, use_attribute_docstrings=True, extra="ignore"
    )

    kubeconfig: Path | None = None
    """File that says how to reach the cluster. Without it: the pod's service account, else what
    KUBECONFIG names, else ~/.kube/config."""
    context: str = ""
    """Context of the kubeconfig to use instead of its current one."""
    platform: str = "auto"
    """What the operator is: rhoai (OpenShift AI Self-Managed), rhoai-cloud (OpenShift AI Cloud
    Service) or odh (Open Data Hub). "auto" finds out from OLM; off OLM that is rhoai."""
    operator_namespace: str = "redhat-ods-operator"
    """Namespace of the operator's own objects: inventories, leases. Made when absent."""
    manifests_dir: Path = MANIFESTS
    """Folder with what each component consists of."""
    create_dsci: Annotated[bool, Field(default_factory=_makes_dsci)]
    """Make a DSCInitialization when there is none. Without it: as DISABLE_DSC_CONFIG says."""
    resync_seconds: Annotated[float, Field(gt=0)] = 600.0
    """Everything is looked at again so often, in seconds, give or take a tenth."""
    leader_elect: bool = True
    """Hold a Lease before anything is written, so that there may be several replicas. On unless
    switched off, which is for a single replica."""
    lease_duration_seconds: Annotated[float, Field(gt=0)] = 15.0
    """A standby takes over when the lease has not been renewed for so long, in seconds."""
    lease_renew_deadline_seconds: Annotated[
        float, Field(gt=0, validate_default=True), _less_than("lease_duration_seconds")
    ] = 10.0
    """The leader stops writing when it could not renew the lease for so long, in seconds; less than
    the lease's duration."""
    lease_retry_seconds: Annotated[
        float, Field(gt=0, validate_default=True), _less_than("lease_renew_deadline_seconds")
    ] = 2.0
    """The lease is renewed so often, in seconds; less than the deadline."""
    metrics_bind_address: str = ":8443"
    """Address of /metrics, as host:port or :port; 0 for none."""
    metrics_secure: bool = True
    """Serve /metrics over HTTPS to those only whom RBAC allows to get it. On unless switched off:
    then it is plain HTTP for everybody."""
    metrics_cert_dir: Path | None = None
    """Folder with tls.crt and tls.key for /metrics, read again when they change. Without it, or
    until they are there: a certificate that the operator makes for itself, which nobody can
    verify."""
    health_probe_bind_address: str = ":8081"
    """Address of /healthz and /readyz, as host:port or :port; 0 for none."""
    webhook_bind_address: str = ":9443"
    """Address of the admission webhook, as host:port or :port; 0 for none."""
    webhook_cert_dir: Path | None = None
    """Folder with tls.crt and tls.key for the webhook, read again when they change: from OLM,
    cert-manager or service-ca, who have the API server call it then. Without it the operator makes
    a certificate, and has the API server call it."""
    webhook_service: str = "rhoai-operator-webhook"
    """Service by which the API server calls the webhook with a certificate that the operator makes;
    off a cluster the beginning of an https:// URL with a name in it."""
    tls_min_version: Literal["", "VersionTLS12", "VersionTLS13"] = ""
    """Oldest version of TLS that is accepted. Without this and the suites: as the cluster's TLS
    profile says on OpenShift, else VersionTLS12 with the suites of the profile Intermediate."""
    tls_cipher_suites: Annotated[str, AfterValidator(_suites)] = ""
    """Cipher suites of TLS 1.2 that are accepted, best first, with commas in between, such as
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256. Those of TLS 1.3 are always on."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe lines that are logged."""
    log_format: Literal["json", "plain"] = "json"
    """One JSON object a line for machines, or text for people."""

    @property
    def chooses_tls(self) -> bool:
        """Whether these settings say what TLS is accepted, whatever the cluster's profile says."""
        return bool(self.tls_min_version or self.tls_cipher_suites)

    @property
    def tls_profile(self) -> Profile:
        """What is accepted by these settings alone."""
        return chosen(self.tls_min_version, _names(self.tls_cipher_suites))

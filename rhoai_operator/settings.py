"""Every option of the operator: a field here is a flag and a ``RHOAI_…`` variable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

MANIFESTS = Path(__file__).resolve().parent.parent / "manifests"
"""Where the catalog lies in a checkout; an image sets ``RHOAI_MANIFESTS_DIR``."""


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
    metrics_bind_address: str = ":8080"
    """Address of /metrics, as host:port or :port; 0 for none."""
    health_probe_bind_address: str = ":8081"
    """Address of /healthz and /readyz, as host:port or :port; 0 for none."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe lines that are logged."""
    log_format: Literal["json", "plain"] = "json"
    """One JSON object a line for machines, or text for people."""

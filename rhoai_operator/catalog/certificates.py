"""What ``component.yaml`` says of certificates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import chain
from typing import Annotated, Literal

from pydantic import Field

from rhoai_operator.catalog.keys import ObjectName, Part
from rhoai_operator.core.certificates import AUTHORITY_SUFFIX, Certificate, Issuer

ServiceName = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")]


class WebhookKey(Part):
    """An object that lets the API server call the Service."""

    kind: Literal[
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ]
    name: ObjectName


class CertificateKey(Part):
    """A Service that speaks TLS.

    Attributes:
        service: its name.
        secret: name of the Secret that its pods mount, with ``tls.crt`` and ``tls.key``.
        webhooks: what is to trust it.
        validity: of certificates that the operator makes itself, in ISO 8601, such as ``P90D``.
    """

    service: ServiceName
    secret: ObjectName
    issuer: Issuer = Issuer.AUTO
    webhooks: tuple[WebhookKey, ...] = ()
    validity: Annotated[timedelta, Field(ge=timedelta(minutes=1))] = timedelta(days=365)

    @property
    def secrets(self) -> tuple[str, str]:
        """Names of the Secrets that hold the certificate and its authority."""
        return self.secret, self.secret + AUTHORITY_SUFFIX


def certificates_of(keys: Iterable[CertificateKey]) -> tuple[Certificate, ...]:
    """Return them as the engine takes them."""
    return tuple(
        Certificate(
            service=key.service,
            secret=key.secret,
            issuer=key.issuer,
            webhooks=frozenset((webhook.kind, webhook.name) for webhook in key.webhooks),
            validity=key.validity,
        )
        for key in keys
    )


def check_certificates(keys: Collection[CertificateKey], secrets: Collection[str]) -> None:
    """Make sure that each certificate has a Service and Secrets to itself.

    Services that bear different names on different platforms may have one Secret.

    Args:
        secrets: names of the Secrets that are generated.

    Raises:
        ValueError: two things have one name.
    """
    services = [key.service for key in keys]
    if twice := sorted({name for name in services if services.count(name) > 1}):
        raise ValueError(f"certificates: Service {twice[0]} is named twice")
    distinct = {key.secret: key.secrets for key in keys}
    names = [*secrets, *chain.from_iterable(distinct.values())]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"certificates: Secret {twice[0]} is there for something else already")

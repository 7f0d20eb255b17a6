"""When certificates end that were placed here. Pure."""

from __future__ import annotations

from datetime import datetime

from rhoai_operator.core.desired import DesiredState
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.reconcile.certificates import pki


def ends(desired: DesiredState) -> dict[ObjectRef, datetime]:
    """Return the end of the certificate in each Secret that holds one, in UTC."""
    found = {
        ObjectRef.of(manifest): pki.decode((manifest.get("data") or {}).get("tls.crt", ""))
        for manifest in desired.objects
        if (manifest["apiVersion"], manifest["kind"]) == ("v1", "Secret")
    }
    return {ref: chain[0].not_valid_after_utc for ref, chain in found.items() if chain}

"""Certificates of our own making: an authority for each Service, and rotation without a gap.

The Secret that pods mount holds the serving certificate, ``<secret>-ca`` the authority with its
key. Both have in ``ca.crt`` what callers are to trust. What is there and good stays as it is;
everything follows from the two live Secrets and the time:

- A serving certificate is replaced when a third of its life is left. The authority stays, so
  callers trust the old one and the new one by the same bundle.
- So is the authority, which lives five times as long, right after it has signed. The new one goes
  into the bundle at once and signs from the next rotation on; by then callers know it. The old
  one stays in the bundle until the last certificate that it can have signed has ended.
- Where the key of the authority is lost, a good serving certificate stays; a new authority takes
  over in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rhoai_operator.core.certificates import Certificate, dns_names, secret_refs
from rhoai_operator.core.objects import MANAGED, Manifest, ObjectRef, is_created_once
from rhoai_operator.reconcile.certificates import pki
from rhoai_operator.reconcile.certificates.pki import X509, Pair
from rhoai_operator.reconcile.certificates.placing import Issue
from rhoai_operator.reconcile.held import Held

AUTHORITY_LIVES = 5
"""Life of an authority, in lives of a serving certificate."""

TRUSTED = 4
"""Authorities in a bundle at most, however often somebody deletes Secrets."""

WAIT = 0.01
"""So long callers have to take in a new authority, in lives of a serving certificate."""

_TYPE = "kubernetes.io/tls"


@dataclass(frozen=True, slots=True)
class _Chain:
    """What is in use: the signing authority, the serving certificate, and whom to trust."""

    authority: Pair
    serving: Pair
    trusted: tuple[X509, ...]


def by_ourselves(
    certificate: Certificate,
    service: Manifest,
    live: Mapping[ObjectRef, Manifest | None],
    now: datetime,
    names: tuple[str, ...] = (),
) -> Issue:
    """Keep or make the two Secrets.

    A certificate that a user has told us to leave alone serves as it is.

    Args:
        live: the Secrets of :func:`rhoai_operator.core.certificates.secret_refs`; one that is
            not there, or holds something else than what we made, is made anew.
        names: what the certificate is for, if not for the Service's DNS names.

    Raises:
        Held: a Secret that we were told to leave alone lacks what is needed.
    """
    kept_in, signed_by = secret_refs(service, certificate)
    serving, authority = live.get(kept_in), live.get(signed_by)
    if serving and is_created_once(serving):
        return Issue(bundle=_users_bundle(serving))
    names = names or dns_names(service)
    chain = _chain(_contents(serving), _contents(authority), names, certificate, now)
    bundle = pki.encode(chain.trusted)
    return Issue(
        objects=(
            _secret(kept_in, chain.serving, bundle, serving),
            _secret(signed_by, chain.authority, bundle, authority),
        ),
        bundle=bundle,
        next_due=_rotates_at(chain.authority, chain.serving, certificate),
    )


def _chain(
    serving_secret: Mapping[str, str],
    authority_secret: Mapping[str, str],
    names: tuple[str, ...],
    certificate: Certificate,
    now: datetime,
) -> _Chain:
    """Decide what to keep and what to make."""
    found = pki.read_pair(authority_secret)
    known = [found] if found and pki.is_authority(found.certificate, now) else []
    listed = _authorities(authority_secret, now) or _authorities(serving_secret, now)
    trusted = tuple(dict.fromkeys((*(pair.certificate for pair in known), *listed)))
    serving = _good(pki.read_pair(serving_secret), trusted, names, now)
    authority = known[0] if known else _new_authority(certificate, now)
    if serving is None or now >= _rotates_at(authority, serving, certificate):
        serving = pki.issue(authority, names, certificate.validity, now)
        if now >= pki.rotates_at(authority.certificate):
            authority = _new_authority(certificate, now)
    return _Chain(authority, serving, _trusted(authority, serving, trusted, certificate, now))


def _rotates_at(authority: Pair, serving: Pair, certificate: Certificate) -> datetime:
    """Return when the authority is to sign anew: not before callers have taken it in."""
    taken_in = pki.made_at(authority.certificate) + WAIT * certificate.validity
    end = serving.certificate.not_valid_after_utc
    return min(max(pki.rotates_at(serving.certificate), taken_in), end)


def _good(
    pair: Pair | None, trusted: tuple[X509, ...], names: tuple[str, ...], now: datetime
) -> Pair | None:
    if pair is None or not pki.is_for(pair.certificate, names, now):
        return None
    return pair if any(pki.is_issued_by(pair.certificate, one) for one in trusted) else None


def _new_authority(certificate: Certificate, now: datetime) -> Pair:
    return pki.make_authority(certificate.service, AUTHORITY_LIVES * certificate.validity, now)


def _trusted(
    authority: Pair,
    serving: Pair,
    before: tuple[X509, ...],
    certificate: Certificate,
    now: datetime,
) -> tuple[X509, ...]:
    """Return the bundle: who signs, who signed what serves, who signed what may still serve."""
    signer = authority.certificate
    older = [one for one in before if one != signer]
    issuers = [one for one in older if pki.is_issued_by(serving.certificate, one)]
    lasting = now < pki.made_at(signer) + certificate.validity
    others = [one for one in older if lasting and one not in issuers]
    return (signer, *issuers, *others)[:TRUSTED]


def _authorities(contents: Mapping[str, str], now: datetime) -> tuple[X509, ...]:
    """Return those in ``ca.crt`` that are valid and of our making."""
    found = pki.decode(contents.get("ca.crt", ""))
    return tuple(one for one in dict.fromkeys(found) if pki.is_authority(one, now))


def _contents(secret: Manifest | None) -> Mapping[str, str]:
    return (secret or {}).get("data") or {}


def _users_bundle(serving: Manifest) -> str:
    contents = _contents(serving)
    if found := contents.get("ca.crt") or contents.get("tls.crt"):
        return found
    raise _left_alone(serving)


def _left_alone(live: Manifest) -> Held:
    text = f"{ObjectRef.of(live)} is left alone, as its annotation asks, and has no good"
    remedy = f"put one there, or take the annotation {MANAGED} off"
    return Held("SecretIncomplete", f"{text} certificate; {remedy}")


def _secret(ref: ObjectRef, pair: Pair, bundle: str, live: Manifest | None) -> Manifest:
    """Return the Secret; its type, which nobody can change, is that of the live one."""
    contents = {"ca.crt": bundle, "tls.crt": pair.encoded, "tls.key": pair.encoded_key}
    if live and is_created_once(live) and pki.read_pair(_contents(live)) != pair:
        raise _left_alone(live)
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name},
        "type": (live or {}).get("type", _TYPE),
        "data": contents,
    }

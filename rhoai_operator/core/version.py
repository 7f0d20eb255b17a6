"""When is a live object still as we applied it? Pure."""

from __future__ import annotations

from rhoai_operator.core.fields import project
from rhoai_operator.core.objects import WEBHOOKS, Manifest, digest

_METADATA = ("labels", "annotations", "ownerReferences")


def live_version(live: Manifest, applied: Manifest, sent: str) -> str:
    """Return what changes when somebody changes what we applied, and only then.

    That is the generation, where the kind has one, with a digest of those labels, annotations
    and owner references that we applied; else a digest of all fields that we applied. Others
    write into webhook configurations (``caBundle``), so their generation does not count.

    Args:
        live: as an informer or an answer shows it.
        applied: the manifest that we sent.
        sent: its digest, which is also the one of those fields where all are as we sent them.
    """
    metadata = live["metadata"]
    if "generation" not in metadata or live["kind"] in WEBHOOKS:
        found = project(live, applied)
        return sent if found == applied else digest(found)
    ours = {key: applied["metadata"].get(key) for key in _METADATA}
    present = {key: value for key, value in ours.items() if value}
    return f"{metadata['generation']}-{digest(project(metadata, present))}"


def same_intent(before: Manifest, after: Manifest) -> bool:
    """Tell whether two versions of a live object differ in nothing but its status.

    What controllers write beside status counts as status: a Deployment's revision, the rules of a
    ClusterRole that gathers those of others. A change of no consequence to us may count as one;
    the reverse does not happen.
    """
    return _intent(before) == _intent(after)


_UNCOUNTED = frozenset({"resourceVersion", "managedFields", "annotations"})
_REVISION = "deployment.kubernetes.io/revision"


def _intent(live: Manifest) -> tuple[object, object, object]:
    metadata = {k: v for k, v in live["metadata"].items() if k not in _UNCOUNTED}
    annotations = live["metadata"].get("annotations") or {}
    said = {key: value for key, value in annotations.items() if key != _REVISION}
    if "generation" in metadata and live["kind"] not in WEBHOOKS:
        return metadata, said, None
    uncounted = {"metadata", "status", "rules" if live.get("aggregationRule") else ""}
    return metadata, said, {k: v for k, v in live.items() if k not in uncounted}

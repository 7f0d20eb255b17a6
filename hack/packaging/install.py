"""The plain manifest: everything of the operator in one file, for ``kubectl apply --server-side``."""

from __future__ import annotations

from collections.abc import Iterator

from hack.packaging import guard, operator_objects, rights_text
from hack.packaging.text import documents
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.core.objects import Manifest

_HEADER = """\
# Made by `make install.yaml` from hack/packaging/install.py; changes here get lost.
# Install or upgrade: kubectl apply --server-side -f install.yaml
# Uninstall:          kubectl delete dsc --all; kubectl delete dsci --all; kubectl delete -f install.yaml
"""


def text(catalog: Catalog) -> str:
    """Return the file: first where everything is and what it is made of, the guard last."""
    own = operator_objects.objects()
    workloads = [item for item in own if item["kind"] == "Deployment"]
    others = [item for item in own if item not in workloads]
    first = map(_document, [*others[:1], *_crds(catalog), *others[1:]])
    rights = rights_text.as_yaml().partition("---\n")[2]
    last = map(_document, [*workloads, *guard.objects()])
    return _HEADER + "".join([*first, f"---\n{rights}", *last])


def _crds(catalog: Catalog) -> Iterator[Manifest]:
    yield datasciencecluster_crd(catalog)
    yield dscinitialization_crd()


def _document(item: Manifest) -> str:
    return f"---\n{documents(item)}"

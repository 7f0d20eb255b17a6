"""Makes ``olm-catalog/``: from which versions the Operator Lifecycle Manager upgrades to which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hack.packaging import bundle, images, operator_objects
from hack.packaging.operator_objects import NAME
from hack.packaging.text import documents
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.core.objects import Manifest

FOLDER = "olm-catalog"
SHOWN = (
    "annotations",
    "description",
    "displayName",
    "installModes",
    "keywords",
    "labels",
    "links",
    "maintainers",
    "maturity",
    "minKubeVersion",
    "provider",
)
"""What of a CSV the catalog's readers are shown; the labels are the metadata's."""

_HEAD = """\
# Made by `make generate` from hack/packaging/index.py and what it reads; changes here get lost.
# {previous} was never released. It is today's bundle under an older number, so that an upgrade can be tried
# and tested; the first release that follows another replaces it (hack/packaging/bundle.yaml).
"""


def texts(catalog: Catalog) -> dict[str, str]:
    """Return all generated files: path in the repository -> text."""
    head = _HEAD.format(previous=bundle.written()["previous"])
    return {
        f"{FOLDER}/{NAME}/catalog.yaml": head + documents(*blobs(catalog)),
        f"{FOLDER}.Dockerfile": _dockerfile(),
    }


def blobs(catalog: Catalog) -> list[Manifest]:
    """Return the catalog: the package, its channels, and a bundle for each version."""
    return [_package(), *_channels(), *(blob_of(csv) for csv in versions(catalog))]


def versions(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Go through the CSVs of all versions, the oldest first."""
    yield bundle.csv(catalog, bundle.written()["previous"], replaces="")
    yield bundle.csv(catalog)


def blob_of(csv: Manifest) -> dict[str, Any]:
    """Return the catalog's entry for a bundle, as `opm render` makes it."""
    name, spec = csv["metadata"]["name"], csv["spec"]
    image = images.bundle_image(spec["version"])
    related = [*spec["relatedImages"], {"name": "", "image": image}]
    owned = spec["customresourcedefinitions"]["owned"]
    return {
        "schema": "olm.bundle",
        "name": name,
        "package": NAME,
        "image": image,
        "properties": [
            *({"type": "olm.gvk", "value": _gvk(item)} for item in owned),
            {
                "type": "olm.package",
                "value": {"packageName": NAME, "version": spec["version"]},
            },
            {"type": "olm.csv.metadata", "value": _shown(csv)},
        ],
        "relatedImages": sorted(related, key=lambda item: item["image"]),
    }


def _package() -> Manifest:
    text = bundle.written()
    return {
        "schema": "olm.package",
        "name": NAME,
        "defaultChannel": text["defaultChannel"],
        "description": text["description"],
        "icon": {"base64data": bundle.icon(), "mediatype": "image/svg+xml"},
    }


def _channels() -> Iterator[Manifest]:
    text = bundle.written()
    before = f"{NAME}.v{text['previous']}"
    entries = [
        {"name": before},
        {"name": f"{NAME}.v{operator_objects.version()}", "replaces": before},
    ]
    for name in text["channels"]:
        yield {"schema": "olm.channel", "package": NAME, "name": name, "entries": entries}


def _gvk(owned: Manifest) -> dict[str, str]:
    group = owned["name"].partition(".")[2]
    return {"group": group, "kind": owned["kind"], "version": owned["version"]}


def _shown(csv: Manifest) -> dict[str, Any]:
    both = {**csv["spec"], **csv["metadata"]}
    described = {"owned": csv["spec"]["customresourcedefinitions"]["owned"]}
    return {
        **{key: both[key] for key in SHOWN},
        "apiServiceDefinitions": {},
        "crdDescriptions": described,
    }


def _dockerfile() -> str:
    """Return what the catalog's image is made from."""
    return (
        f"FROM {images.catalog_base()}\n\n"
        "LABEL operators.operatorframework.io.index.configs.v1=/configs\n\n"
        f"COPY {FOLDER} /configs\n\n"
        'RUN ["/bin/opm", "serve", "/configs", "--cache-dir=/tmp/cache", "--cache-only"]\n\n'
        'ENTRYPOINT ["/bin/opm"]\nCMD ["serve", "/configs", "--cache-dir=/tmp/cache"]\n'
    )

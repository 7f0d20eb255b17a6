"""Has OLM's own tools check ``bundle/`` and ``olm-catalog/``: ``make bundle-check``.

Warnings have to be those that ``bundle_warnings.yaml`` explains, neither more nor fewer.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from hack.packaging import bundle, images, index
from hack.packaging.operator_objects import NAME, ROOT, version
from hack.tools import ToolError, spoken_version, tool

EXPLAINED = Path(__file__).with_name("bundle_warnings.yaml")
VALIDATE = ("bundle", "validate", "-b", "none", "--select-optional", "suite=operatorframework")
_SUBJECT = re.compile(r"^Warning: Value \S+: ")
_RULE = re.compile(r"(\w+): \(\[[^)]*\]\),?")


def problems() -> Iterator[str]:
    """Go through what is wrong with the bundle and the catalog."""
    yield from faults(findings(_validation()), explained())
    yield from _catalog_faults()


def findings(outputs: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return each type and message once, without what differs from run to run."""
    return sorted({(item["type"], _stable(item["message"])) for item in outputs})


def faults(found: list[tuple[str, str]], known: Mapping[str, str]) -> Iterator[str]:
    """Go through errors, warnings that nobody explains and explanations without a warning."""
    for kind, message in found:
        if kind != "warning" or message not in known:
            yield f"operator-sdk: {kind}: {message}"
    warnings = {message for kind, message in found if kind == "warning"}
    for message in sorted(known.keys() - warnings):
        yield f"{EXPLAINED.name} explains what operator-sdk does not say any more: {message}"


def explained() -> dict[str, str]:
    """Return the explained warnings: message -> why it stays."""
    rows = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or []
    return {row["warning"]: row["why"] for row in rows}


def differences(rendered: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return the fields in which our entry for a bundle differs from what opm makes of it."""
    return sorted(
        key for key in rendered.keys() | ours.keys() if rendered.get(key) != ours.get(key)
    )


def _stable(message: str) -> str:
    text = _SUBJECT.sub("", message)
    names = sorted(_RULE.findall(text))
    return _RULE.sub("", text) + ", ".join(names) if names else text


def _validation() -> list[dict[str, str]]:
    done = _call("operator-sdk", *VALIDATE, bundle.FOLDER, "-o", "json-alpha1")
    if not done.stdout:
        return [{"type": "error", "message": done.stderr.strip()}]
    outputs: list[dict[str, str]] = json.loads(done.stdout)["outputs"] or []
    return outputs


def _catalog_faults() -> Iterator[str]:
    done = _call("opm", "validate", index.FOLDER)
    if done.returncode:
        yield f"opm validate: {done.stderr.strip()}"
    if found := differences(_rendered(), _ours()):
        yield f"olm-catalog differs from what opm makes of the bundle, in {', '.join(found)}"


def _rendered() -> dict[str, Any]:
    template = images.bundle_image(version())
    options = ("--migrate-level=bundle-object-to-csv-metadata", "-o", "json")
    done = _call("opm", "render", bundle.FOLDER, "--alpha-image-ref-template", template, *options)
    return _sorted(json.loads(done.stdout))


def _ours() -> dict[str, Any]:
    text = (ROOT / index.FOLDER / NAME / "catalog.yaml").read_text(encoding="utf-8")
    blobs = list(yaml.safe_load_all(text))
    return _sorted(next(b for b in blobs if b.get("name") == f"{NAME}.v{version()}"))


def _sorted(blob: Mapping[str, Any]) -> dict[str, Any]:
    """Order what is in no order."""
    related = sorted(blob["relatedImages"], key=lambda item: (item["image"], item["name"]))
    properties = sorted(blob["properties"], key=lambda item: json.dumps(item, sort_keys=True))
    return {**blob, "relatedImages": related, "properties": properties}


def _call(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (str(tool(name)), *arguments)
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def main() -> int:
    """Return the exit code: 1 if anything is wrong."""
    try:
        for name in ("operator-sdk", "opm"):
            print(spoken_version(name))
        found = list(problems())
    except ToolError as error:
        found = [str(error)]
    for text in found:
        print(text, file=sys.stderr)
    if not found:
        explanations = len(explained())
        print(f"bundle and catalog: 0 errors, {explanations} warnings, all explained")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

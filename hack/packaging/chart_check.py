"""Has Helm's and others' tools check the chart and the plain manifest: ``make chart-check``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from hack.packaging import schemas
from hack.packaging.chart import CHART, LEAST_KUBERNETES
from hack.packaging.operator_objects import NAME, NAMESPACE, ROOT
from hack.tools import ToolError, spoken_version, tool
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import load_catalog
from rhoai_operator.core.objects import Manifest

CONFIGURATION = Path(__file__).with_name("chart-check")
"""Folder with what the tools are told: rules, and what is not asked of them and why."""
TOOLS = ("helm", "ct", "kubeconform", "kube-linter", "yamale", "yamllint")
KUBERNETES = ("1.30.0", "1.36.0")
"""The first with the guard, and the one that tests run on; the oldest is checked besides."""
FOREIGN = ("cert-manager", "prometheus-operator")
"""Whose kinds the chart may render besides."""


class _Loader(yaml.CSafeLoader):
    """Takes a lone ``=`` for the text that it is, as everybody does but YAML 1.1."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def problems() -> Iterator[str]:
    """Go through what the tools find fault with."""
    yield from _call("helm", "lint", "--strict", CHART)
    yield from _chart_testing()
    with tempfile.TemporaryDirectory() as folder:
        for version in (LEAST_KUBERNETES, *KUBERNETES):
            yield from _conforming(Path(folder) / version, version)
        yield from _linted(Path(folder) / KUBERNETES[-1])


def _chart_testing() -> Iterator[str]:
    schema, rules = CONFIGURATION / "chart-schema.yaml", CONFIGURATION / "yamllint.yaml"
    files = ("--chart-yaml-schema", schema, "--lint-conf", rules)
    options = ("--check-version-increment=false", "--validate-maintainers=false")
    yield from _call("ct", "lint", "--charts", CHART, *options, *files)


def _conforming(folder: Path, version: str) -> Iterator[str]:
    """Render everything for a version of Kubernetes, and hold it against its schemas."""
    known, rendered = folder / "schemas", folder / "rendered"
    for made in (known, rendered):
        made.mkdir(parents=True)
    schemas.write(known, version, _definitions())
    for values in sorted((ROOT / CHART / "ci").glob("*-values.yaml")):
        text = _rendered(values, version)
        (rendered / values.name).write_text(text, encoding="utf-8")
    if version == KUBERNETES[-1]:
        (rendered / "install.yaml").write_text((ROOT / "install.yaml").read_text())
    where = ("-schema-location", f"{known}/{schemas.LOCATION}")
    yield from _call("kubeconform", "-strict", "-summary", *where, rendered)


def _definitions() -> Iterator[Manifest]:
    """Go through our definitions and other people's."""
    yield datasciencecluster_crd(load_catalog(ROOT / "manifests"))
    yield dscinitialization_crd()
    for name in FOREIGN:
        for path in tool(name).iterdir():
            yield yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)


def _linted(folder: Path) -> Iterator[str]:
    """Hold what is rendered for a cluster as a whole against good practice."""
    rules = CONFIGURATION / "kube-linter.yaml"
    for name in ("default-values.yaml", "openshift-values.yaml", "install.yaml"):
        yield from _call("kube-linter", "lint", "--config", rules, folder / "rendered" / name)


def _rendered(values: Path, version: str) -> str:
    namespace = ("--namespace", NAMESPACE)
    command = (tool("helm"), "template", NAME, CHART, *namespace, "--values", values)
    done = subprocess.run(
        (*command, "--kube-version", version), cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def _call(name: str, *arguments: str | Path) -> Iterator[str]:
    """Call a tool; what it says is a problem if it fails."""
    folders = {str(tool(other).parent) for other in TOOLS}  # ct calls others by their names
    environment = {**os.environ, "PATH": os.pathsep.join((*folders, os.environ["PATH"]))}
    done = subprocess.run(
        (tool(name), *arguments),
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    lines = [line for line in f"{done.stderr}\n{done.stdout}".splitlines() if line.strip()]
    print(f"{name}: {lines[-1].strip()}" if lines else f"{name}: exit code {done.returncode}")
    if done.returncode:
        yield f"{name}: {done.stdout}{done.stderr}"


def main() -> int:
    """Return the exit code: 1 if anything is wrong."""
    try:
        for name in (*TOOLS, *FOREIGN):
            print(f"{name}: {spoken_version(name)}")
        found = list(problems())
    except ToolError as error:
        found = [str(error)]
    for text in found:
        print(text, file=sys.stderr)
    print(f"chart and manifest: {len(found)} problems")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

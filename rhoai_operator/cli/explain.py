"""``rhoai explain``: what a component consists of, without a cluster."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.cli.documents import component_named, platform_named
from rhoai_operator.cli.output import Output
from rhoai_operator.cli.session import manifests_folder, prints
from rhoai_operator.cluster.port import Kind
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.overrides import is_workload
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

_ROLES = ("ClusterRole", "Role")


@click.command()
@click.argument("component")
@click.option("--platform", "platform_id", metavar="ID", default="rhoai", show_default=True)
@click.option("-o", "--output", "form", type=click.Choice(["text", "json", "yaml"]), default="text")
@prints
def explain(output: Output, *, component: str, platform_id: str, form: str) -> None:
    """Tell what COMPONENT deploys, needs, may do, listens on, and can be told."""
    manifests = manifests_folder()
    catalog = load_catalog(manifests)
    definition = catalog.components[component_named(catalog, component)]
    planner = Planner(catalog, platform_named(catalog, platform_id), os.environ)
    told = _told(definition, _objects(planner, definition.name, manifests))
    if form != "text":
        output.mapping(told, form)
        return
    for title, content in told.items():
        if content:
            output.line(click.style(title.upper(), bold=True))
            for line in _lines(content):
                output.line(f"  {line}")


def _objects(planner: Planner, name: str, manifests: Path) -> tuple[Manifest, ...]:
    everything = _everything(planner.catalog)
    dsci = dscinitialization.parse({"spec": {}})
    values = {value.name: value.placeholder() for value in planner.values(name, dsci)}
    step = planner.step(name, everything, dsci, values)
    if not step.available:
        return ()
    return preview(render_step(Renderer(manifests), step), step.policies).objects


def _everything(catalog: Catalog) -> datasciencecluster.DataScienceCluster:
    owned = catalog.owned_by(datasciencecluster.KIND)
    managed = {c.name: {"managementState": "Managed"} for c in owned if not c.shared_by}
    return datasciencecluster.parse({"spec": {"components": managed}})


def _told(component: ComponentDefinition, objects: tuple[Manifest, ...]) -> dict[str, Any]:
    return {
        "component": f"{component.name}: {component.description}",
        "condition": f"{component.condition} of the {component.owner}",
        "needs": list(_needs(component)),
        "workloads": list(_workloads(objects)),
        "images": sorted(set(_images(objects))),
        "image variables": [image.env for image in component.images.values()],
        "ports": list(_ports(objects)),
        "fields": list(_fields(component.parameters)),
        "objects": _counted(objects),
        "may do": sorted(set(_rights(objects))),
        "definitions": [
            m["metadata"]["name"] for m in objects if m["kind"] == "CustomResourceDefinition"
        ],
        "on plain kubernetes": [
            f"{item.reason}: {item.message}" if item.reason else item.message
            for item in component.reduced
        ],
        "condition reasons": sorted(set(_reasons(component))),
    }


def _counted(objects: Iterable[Manifest]) -> list[str]:
    """Return how many objects there are of each kind: what the operator needs rights for."""
    kinds = (str(Kind.of(ObjectRef.of(manifest))) for manifest in objects)
    return [f"{count} {kind}" for kind, count in sorted(Counter(kinds).items())]


def _reasons(component: ComponentDefinition) -> Iterator[str]:
    """Name what may hold this component back in particular; docs/conditions.md has the rest."""
    because: Mapping[str, Any] = {
        "DependencyMissing": component.needs_apis,
        "WaitingForComponent": component.requires,
        "ValueMissing": [value for value in component.values.values() if value.kind],
        "SecretIncomplete": component.secrets,
        "InvalidCertificate": component.certificates,
        "InvalidJSON": component.merged_config_maps,
    }
    yield from (reason for reason, what in because.items() if what)
    yield from (item.reason for item in component.foreign)
    yield from (item.reason for item in component.reduced if item.reason)


def _needs(component: ComponentDefinition) -> Iterator[str]:
    if component.shared_by:
        yield f"one of {', '.join(sorted(component.shared_by))} to be Managed"
    yield from (f"{name} to be Ready" for name in sorted(component.requires))
    yield from (f"the API {kind}" for kind in sorted(component.needs_apis))
    yield from (f"no {i.kind} {i.name} of somebody else's ({i.reason})" for i in component.foreign)


def _workloads(objects: Iterable[Manifest]) -> Iterator[str]:
    for manifest in filter(is_workload, objects):
        metadata, replicas = manifest["metadata"], manifest["spec"].get("replicas", 1)
        yield f"{manifest['kind']} {metadata.get('namespace', '')}/{metadata['name']} x{replicas}"


def _images(objects: Iterable[Manifest]) -> Iterator[str]:
    for manifest in filter(is_workload, objects):
        pod = manifest["spec"]["template"]["spec"]
        containers = (*pod["containers"], *(pod.get("initContainers") or ()))
        yield from (container["image"] for container in containers)


def _ports(objects: Iterable[Manifest]) -> Iterator[str]:
    for manifest in objects:
        if manifest["kind"] == "Service":
            ports = manifest["spec"].get("ports") or ()
            said = ", ".join(f"{p['port']}->{p.get('targetPort', p['port'])}" for p in ports)
            yield f"Service {manifest['metadata']['name']}: {said}"


def _fields(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, found in (schema.get("properties") or {}).items():
        here = f"{path}.{name}" if path else name
        if found.get("properties"):
            yield from _fields(found, here)
        else:
            default = f" (default {found['default']})" if "default" in found else ""
            yield f"{here}: {found.get('description', '')}{default}"


def _rights(objects: Iterable[Manifest]) -> Iterator[str]:
    for manifest in objects:
        rules = manifest.get("rules") if manifest["kind"] in _ROLES else ()
        for rule in rules or ():
            what = ", ".join(rule.get("resources") or rule.get("nonResourceURLs") or ())
            groups = ", ".join(group or "core" for group in rule.get("apiGroups") or ("-",))
            yield f"{what} ({groups}): {', '.join(rule['verbs'])}"


def _lines(content: Any) -> Iterable[str]:  # noqa: ANN401 - a text or a list of them
    return [content] if isinstance(content, str) else content

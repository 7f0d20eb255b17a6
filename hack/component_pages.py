"""The pages about components, made from the catalog and from what it renders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import Catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.overrides import is_workload
from rhoai_operator.reconcile.preview import preview
from rhoai_operator.render.renderer import Renderer
from rhoai_operator.render.steps import render_step

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "docs/components"
_MANIFESTS = ROOT / "manifests"
_HEAD = "<!-- Made by `make generate` from manifests/{}. -->\n"
_PLATFORM, _OTHER = "rhoai", "odh"


def components(catalog: Catalog) -> list[ComponentDefinition]:
    """Return what has a page: all components that a DataScienceCluster switches on."""
    owned = catalog.owned_by("DataScienceCluster")
    return [component for component in owned if component.name in catalog.available]


def overview(catalog: Catalog) -> str:
    """Return the page that lists all components."""
    text = (
        "What each one deploys, what it needs, and what is left of it on a cluster that serves none of"
        " OpenShift's\nkinds. Names are those of `spec.components`. By default they get the"
        " [resources](../resources.md) that\nOpenShift AI gives them; `overrides`"
        " ([operating](../operating.md#placement-and-resources)) change them.\n"
    )
    return f"{_HEAD.format('*/')}# Components\n\n{text}\n{table(catalog, '')}"


def table(catalog: Catalog, folder: str) -> str:
    """Return the table of components; pages lie in ``folder``."""
    head = ("component", "pods", "needs", "on plain Kubernetes")
    rows = (_row(catalog, component, folder) for component in components(catalog))
    return _table(head, rows)


def page(catalog: Catalog, name: str) -> str:
    """Return the page of one component."""
    component = catalog.components[name]
    parts = [
        f"{_HEAD.format(f'{name}/')}# {name}\n\n{component.description}\n",
        _table(("", ""), _facts(component)),
        *_section("What it runs", _runs(catalog, component)),
        *_section("What it installs", _installs(catalog, component)),
        *_section("On plain Kubernetes", _without(component)),
        *_section("Its fields", _fields(component)),
        *_section("What stays yours", _yours(component)),
        *_section("Images", _images(component)),
    ]
    return "\n".join(parts)


def _row(catalog: Catalog, component: ComponentDefinition, folder: str) -> tuple[str, ...]:
    manifests = _rendered(catalog, component.name, _PLATFORM)
    pods = [f"{m['metadata']['name']} x{_replicas(m)}" for m in _workloads(manifests)]
    link = f"[{component.name}]({folder}{component.name}.md)"
    return (
        f"**{link}**: {component.description}",
        "<br>".join(pods),
        "<br>".join(_needs(component)) or "-",
        "<br>".join(_degraded(component)) or "the same",
    )


def _facts(component: ComponentDefinition) -> Iterator[tuple[str, str]]:
    if not component.shared_by:
        yield "switched by", f"`spec.components.{component.name}.managementState`"
    yield "condition", f"`{component.condition}`"
    labels = dict.fromkeys(component.label_on(p) for p in (_PLATFORM, _OTHER))
    yield "label of its objects", ", ".join(f"`app.opendatahub.io/{label}`" for label in labels)
    if needs := "; ".join(_needs(component)):
        yield "needs", needs


def _needs(component: ComponentDefinition) -> Iterator[str]:
    if component.shared_by:
        yield f"{' or '.join(sorted(component.shared_by))} is Managed"
    if component.needs_apis:
        kinds = ", ".join(f"`{text.partition('.')[0]}`" for text in sorted(component.needs_apis))
        by = " or ".join(sorted(component.brought_by))
        yield f"{kinds}{f' of {by}' if by else ''}"
    for name in sorted(component.requires):
        yield f"{name} is Ready"
    for item in component.foreign:
        yield f"no {item.kind} `{item.name}` of somebody else's"


def _degraded(component: ComponentDefinition) -> Iterator[str]:
    """Say what is left where no kind of OpenShift's is served."""
    if component.only_with:
        yield "not deployed"
    for item in sorted(component.reduced, key=lambda reduced: not reduced.reason):
        if not item.given:
            yield f"`{item.reason}`: {item.message}" if item.reason else item.message


def _without(component: ComponentDefinition) -> Iterator[str]:
    found = list(_degraded(component))
    yield from (f"- {text}" for text in found)
    kinds = sorted(text.partition(".")[0] for text in component.optional_kinds)
    if kinds:
        yield f"- left out where they are not served: {', '.join(f'`{kind}`' for kind in kinds)}"
    if not found and not kinds:
        yield "The same as on OpenShift."


def _runs(catalog: Catalog, component: ComponentDefinition) -> Iterator[str]:
    rows = list(_containers(_rendered(catalog, component.name, _PLATFORM)))
    yield _table(("workload", "pods", "container", "requests", "limits"), rows)
    if other := [
        r for r in _containers(_rendered(catalog, component.name, _OTHER)) if r not in rows
    ]:
        yield "On Open Data Hub:\n"
        yield _table(("workload", "pods", "container", "requests", "limits"), other)


def _containers(manifests: Iterable[Manifest]) -> Iterator[tuple[str, ...]]:
    for manifest in _workloads(manifests):
        pod = manifest["spec"]["template"]["spec"]
        for container in pod["containers"]:
            resources = container.get("resources") or {}
            amounts = (resources.get(key) or {} for key in ("requests", "limits"))
            shown = [", ".join(f"{k} {v}" for k, v in a.items()) or "-" for a in amounts]
            name = f"`{manifest['metadata']['name']}`"
            yield name, str(_replicas(manifest)), f"`{container['name']}`", *shown


def _installs(catalog: Catalog, component: ComponentDefinition) -> Iterator[str]:
    manifests = _rendered(catalog, component.name, _PLATFORM)
    counts = Counter(manifest["kind"] for manifest in manifests)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    yield f"{len(manifests)} objects: {kinds}."
    names = [
        manifest["metadata"]["name"]
        for manifest in manifests
        if manifest["kind"] == "CustomResourceDefinition"
    ]
    if names:
        yield "\nDefinitions, which stay when the component is removed:\n"
        yield from (f"- `{name}`" for name in sorted(names))


def _fields(component: ComponentDefinition) -> Iterator[str]:
    rows = [
        (f"`{path}`", _type(schema), _default(schema), schema.get("description", ""), acts)
        for path, schema, acts in _own_fields(component)
    ]
    if rows:
        yield _table(("field", "type", "default", "meaning", ""), rows)


def _own_fields(component: ComponentDefinition) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for name, schema in component.parameters.get("properties", {}).items():
        acts = "" if name in component.acts_on else "not acted on yet"
        yield from ((path, found, acts) for path, found in _leaves(name, schema))


def _leaves(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "properties" not in schema:
        yield path, schema
    for name, found in schema.get("properties", {}).items():
        yield from _leaves(f"{path}.{name}", found)


def _type(schema: Mapping[str, Any]) -> str:
    return ", ".join(f"`{word}`" for word in schema.get("enum", ())) or str(schema.get("type", ""))


def _default(schema: Mapping[str, Any]) -> str:
    return f"`{schema['default']}`" if "default" in schema else ""


def _yours(component: ComponentDefinition) -> Iterator[str]:
    for item in component.created_once:
        yield f"- {item.kind} `{item.name}`: made if it is absent, and yours from then on"
    for kind in sorted(component.until_edited):
        yield f"- every {kind} that you make or edit"
    for name in sorted(component.merged_config_maps):
        yield f"- in ConfigMap `{name}`: all keys and fields that the platform does not state"


def _images(component: ComponentDefinition) -> Iterator[str]:
    rows: list[tuple[str, str]] = []
    for image in component.images.values():
        default = image.default
        shown = [default] if isinstance(default, str) else [f"{k}: {v}" for k, v in default.items()]
        rows.append((f"`{image.env}`", "<br>".join(f"`{text}`" for text in shown)))
    if rows:
        yield "A variable of the operator replaces the default.\n"
        yield _table(("variable", "default"), rows)


@cache
def _renderer(manifests: Path) -> Renderer:
    return Renderer(manifests)


def _rendered(catalog: Catalog, name: str, platform: str) -> Sequence[Manifest]:
    """Render with every field's default, on a cluster that serves everything."""
    planner = Planner(catalog, catalog.platforms[platform])
    own = [c.name for c in catalog.owned_by("DataScienceCluster") if not c.shared_by]
    managed = {name: {"managementState": "Managed"} for name in own}
    dsc = datasciencecluster.parse({"spec": {"components": managed}})
    dsci = dscinitialization.parse({"spec": {"monitoring": {"managementState": "Removed"}}})
    values = {value.name: value.placeholder() for value in planner.values(name, dsci)}
    step = planner.step(name, dsc, dsci, values)
    found = preview(render_step(_renderer(_MANIFESTS), step), step.policies).objects
    return list({ObjectRef.of(manifest): manifest for manifest in found}.values())


def _workloads(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    return filter(is_workload, manifests)


def _replicas(manifest: Manifest) -> int:
    return int(manifest["spec"].get("replicas", 1))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    if found := list(lines):
        yield f"## {title}\n\n" + "\n".join(found).rstrip("\n") + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = [[cell.replace("|", r"\|") for cell in row] for row in lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in escaped)

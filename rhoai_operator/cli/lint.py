"""``rhoai lint``: what is wrong with custom resources in files, without a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

import click
import yaml

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.catalog.plan import Planner
from rhoai_operator.cli.codes import CODES, Severity
from rhoai_operator.cli.documents import (
    DSC_VERSION,
    DSCI_FIELDS,
    DSCI_VERSION,
    flat,
    platform_named,
    strange_fields,
    strange_parts,
    switched,
)
from rhoai_operator.cli.output import BAD, DOUBTFUL, Output
from rhoai_operator.cli.session import FOUND, leave, manifests_folder, prints
from rhoai_operator.render.documents import read_documents

_VERSIONS = {datasciencecluster.KIND: DSC_VERSION, dscinitialization.KIND: DSCI_VERSION}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``code`` is one of ``CODES``."""

    code: str
    where: str
    message: str

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return CODES[self.code].severity


@click.command()
@click.option(
    "-f",
    "--filename",
    "files",
    type=click.File(encoding="utf-8"),
    multiple=True,
    required=True,
    help="File with custom resources; - is stdin. May be given several times.",
)
@click.option("--platform", "platform_id", metavar="ID", default="rhoai", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option("-o", "--output", "form", type=click.Choice(["text", "json"]), default="text")
@prints
def lint(
    output: Output, *, files: tuple[IO[str], ...], platform_id: str, form: str, strict: bool
) -> None:
    """Tell what is wrong with DataScienceClusters and DSCInitializations in files.

    Exits with 1 if there is an error, or with --strict a warning. docs/cli.md explains the codes.
    """
    catalog = load_catalog(manifests_folder())
    planner = Planner(catalog, platform_named(catalog, platform_id))
    findings = list(_findings(files, planner))
    _show(output, findings, form)
    levels = {finding.severity for finding in findings}
    if Severity.ERROR in levels or (strict and Severity.WARNING in levels):
        leave(FOUND)


def _show(output: Output, findings: list[Finding], form: str) -> None:
    if form == "json":
        rows = [{**asdict(f), "severity": f.severity.value} for f in findings]
        output.mapping(rows, "json")
        return
    for finding in findings:
        color = BAD if finding.severity is Severity.ERROR else DOUBTFUL
        code = click.style(f"{finding.code} {finding.severity.value}", fg=color)
        output.line(f"{finding.where}: {code}: {finding.message}")
    output.note(f"{len(findings)} found" if findings else "nothing found")


def _findings(files: tuple[IO[str], ...], planner: Planner) -> Iterator[Finding]:
    bodies: dict[str, list[tuple[str, Mapping[str, Any]]]] = {kind: [] for kind in _VERSIONS}
    for file in files:
        try:
            documents = list(flat(read_documents(file.read())))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            yield Finding("RHOAI0001", file.name, " ".join(str(error).split()))
            continue
        ours = [body for body in documents if body.get("kind") in bodies]
        if not ours:
            kinds = " or ".join(_VERSIONS)
            yield Finding("RHOAI0002", file.name, f"holds no {kinds}")
        for body in ours:
            bodies[body["kind"]].append((file.name, body))
    for kind, found in bodies.items():
        for source, _ in found[1:]:
            yield Finding("RHOAI0003", source, f"{kind}: another one is in {found[0][0]}")
        for source, body in found:
            yield from _of_body(source, kind, body, planner)
    yield from _of_components(bodies, planner)


def _of_body(
    source: str, kind: str, body: Mapping[str, Any], planner: Planner
) -> Iterator[Finding]:
    version = body.get("apiVersion")
    if version != _VERSIONS[kind]:
        text = f"{kind}: apiVersion is {version!r}: make it {_VERSIONS[kind]}"
        yield Finding("RHOAI0101", source, text)
    if not (body.get("metadata") or {}).get("name"):
        yield Finding("RHOAI0102", source, f"{kind}: metadata.name is missing")
    if kind == dscinitialization.KIND:
        yield from (Finding("RHOAI0103", source, text) for text in strange_parts(body, DSCI_FIELDS))
        if problem := dscinitialization.parse(body).problem:
            yield Finding("RHOAI0104", source, problem)
        return
    yield from (Finding("RHOAI0103", source, t) for t in strange_parts(body, ("components",)))
    dsc = datasciencecluster.parse(body)
    for text in strange_fields(dsc, planner.catalog):
        yield Finding("RHOAI0103", source, text)
    yield from (Finding("RHOAI0104", source, text) for text in dsc.problems.values())
    yield from _states(source, dsc, planner.catalog)


def _states(
    source: str, dsc: datasciencecluster.DataScienceCluster, catalog: Catalog
) -> Iterator[Finding]:
    states = {name: spec.state.value for name, spec in dsc.components.items()}
    if "Managed" not in states.values():
        yield Finding("RHOAI0205", source, "no component is Managed: nothing is installed")
    for name, component in switched(catalog).items():
        if states.get(name) != "Managed":
            continue
        if name not in catalog.available:
            text = f"spec.components.{name}: this version cannot install it: set it to Removed"
            yield Finding("RHOAI0201", source, text)
        bringers = sorted(component.brought_by)
        if bringers and not any(states.get(other) == "Managed" for other in bringers):
            text = f"spec.components.{name} needs what {' or '.join(bringers)} brings"
            yield Finding("RHOAI0202", source, f"{text}: set one of them to Managed")
        for other in sorted(component.requires):
            if states.get(other) != "Managed":
                text = f"spec.components.{name} waits for {other}: set that to Managed"
                yield Finding("RHOAI0202", source, text)


def _of_components(
    bodies: Mapping[str, list[tuple[str, Mapping[str, Any]]]], planner: Planner
) -> Iterator[Finding]:
    """Ask of each component what the operator would say of its fields."""
    found, dscis = bodies[datasciencecluster.KIND], bodies[dscinitialization.KIND]
    dsci = dscinitialization.parse(dscis[0][1] if dscis else {"spec": {}})
    for source, body in found:
        dsc = datasciencecluster.parse(body)
        for name in switched(planner.catalog):
            if name in dsc.problems or "" in dsc.problems:
                continue
            values = {v.name: v.placeholder() for v in planner.values(name, dsci)}
            step = planner.step(name, dsc, dsci, values)
            if step.problem:
                yield Finding("RHOAI0104", source, step.problem)
            for field in step.ignored:
                code = "RHOAI0204" if ".devFlags" in field else "RHOAI0203"
                yield Finding(code, source, f"{field}: nothing acts on it yet")

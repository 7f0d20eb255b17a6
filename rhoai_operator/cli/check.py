"""``rhoai check``: whether a cluster has what the platform needs, and how the operator is."""

from __future__ import annotations

import click

from rhoai_operator.cli.checks import ALL, BEFORE, ERROR, OK, WARNING, Result, checked
from rhoai_operator.cli.facts import gather
from rhoai_operator.cli.output import BAD, DOUBTFUL, GOOD, Output
from rhoai_operator.cli.session import FOUND, Session, asks_cluster, leave

SIGNS = {
    OK: ("√", GOOD),
    WARNING: ("‼", DOUBTFUL),
    ERROR: ("\N{MULTIPLICATION SIGN}", BAD),
}


@click.command()
@click.option("--pre", is_flag=True, help="Only what has to hold before the operator is installed.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option("-o", "--output", "form", type=click.Choice(["text", "json"]), default="text")
@asks_cluster
async def check(session: Session, *, pre: bool, strict: bool, form: str) -> None:
    """Check the cluster, and unless --pre says otherwise the operator and what it looks after.

    Exits with 1 if a check fails, or with --strict warns.
    """
    facts = await gather(session)
    results = list(checked(facts, BEFORE if pre else ALL))
    if form == "json":
        rows = [{f: getattr(r, f) for f in Result.__slots__} for r in results]
        session.output.mapping({"results": rows, "denied": session.denied}, "json")
    else:
        _show(session.output, results)
        session.tell_denied()
    levels = {result.level for result in results}
    if ERROR in levels or (strict and WARNING in levels):
        leave(FOUND)


def _show(output: Output, results: list[Result]) -> None:
    section = ""
    for result in results:
        if result.section != section:
            section = result.section
            output.line(f"\n{click.style(section, bold=True)}")
        sign, color = SIGNS[result.level]
        output.line(f"{click.style(sign, fg=color)} {result.text}")
        if result.remedy:
            output.line(f"    {result.remedy}")
        if result.page:
            output.line(f"    see {result.page}")
    worst = next(
        (level for level in (ERROR, WARNING) if any(r.level == level for r in results)), OK
    )
    sign, color = SIGNS[worst]
    output.line(f"\nStatus check results are {click.style(sign, fg=color)}")

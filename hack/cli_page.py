"""What the page about ``rhoai`` tells of each command and each code, made from both."""

from __future__ import annotations

from collections.abc import Iterator

import click

from rhoai_operator.cli.codes import CODES
from rhoai_operator.cli.main import rhoai

_COMMON = ("kubeconfig", "context", "namespace", "no_color", "quiet", "verbose", "timeout")


def text() -> str:
    """Return a section for each command, the common options once, and the table of codes."""
    return "\n".join((*_commands(), _common(), _codes()))


def _commands() -> Iterator[str]:
    for name, command in rhoai.commands.items():
        context = click.Context(command, info_name=f"rhoai {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        paragraphs = (command.help or "").split("\n\n")
        said = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
        asks = any(parameter.name == "kubeconfig" for parameter in command.params)
        own = [p for p in command.params if p.name not in _COMMON]
        more = "\n\nTakes the [common options](#common-options).\n" if asks else "\n"
        yield f"### rhoai {name}\n\n```text\nrhoai {name} {usage}\n```\n\n{said}{more}"
        if rows := list(_options(own)):
            yield _table(("option", "meaning"), rows)


def _common() -> str:
    parameters = [p for p in rhoai.commands["status"].params if p.name in _COMMON]
    return f"### Common options\n\n{_table(('option', 'meaning'), _options(parameters))}"


def _options(parameters: list[click.Parameter]) -> Iterator[tuple[str, ...]]:
    for parameter in parameters:
        if isinstance(parameter, click.Option):
            names = ", ".join(f"`{name}`" for name in parameter.opts)
            kind = parameter.type
            choice = f" One of {', '.join(kind.choices)}." if isinstance(kind, click.Choice) else ""
            yield names, f"{parameter.help or ''}{choice}".strip()


def _codes() -> str:
    rows = (
        (f"`{name}`", code.severity.value, code.means, code.remedy) for name, code in CODES.items()
    )
    return f"### Codes of rhoai lint\n\n{_table(('code', '', 'what is wrong', 'what to do'), rows)}"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> str:
    shown = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in shown) + "\n"

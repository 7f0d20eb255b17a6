"""What the page about ``rhoai`` tells of each command, each exit code and each lint code.

Examples of commands that need no cluster are run here; those of the others are what a test on a
real platform saw (``tests/integration/test_cli_examples.py --update-golden`` writes them).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from rhoai_operator.cli.codes import CODES
from rhoai_operator.cli.main import rhoai
from rhoai_operator.cli.session import EXITS

EXAMPLES = Path(__file__).parent / "cli_examples"
"""Files ``<command>.txt``: the command line after ``$ rhoai``, then what it printed."""
_PRINTING = ("no_color", "quiet", "verbose")
_COMMON = ("kubeconfig", "context", "namespace", "timeout", *_PRINTING)
_OFFLINE = {
    "render": ("render networkpolicies",),
    "explain": ("explain trainingoperator",),
    "lint": ("lint -f - < dsc.yaml",),
}
_LINES = 45
"""Longer examples are cut."""
_LINTED = """\
apiVersion: datasciencecluster.opendatahub.io/v1
kind: DataScienceCluster
metadata:
  name: default-dsc
spec:
  components:
    ray:
      managementState: Manage
    trustyai:
      managementState: Managed
      replicas: 2
"""


def text() -> str:
    """Return sections for exit codes, for each command, for common options and lint's codes."""
    return "\n".join((_exits(), *_commands(), _common(), _codes()))


def _exits() -> str:
    rows = ((str(code), meaning) for code, meaning in EXITS.items())
    return f"### Exit codes\n\n{_table(('code', 'meaning'), rows)}"


def _commands() -> Iterator[str]:
    for name, command in rhoai.commands.items():
        context = click.Context(command, info_name=f"rhoai {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        paragraphs = (command.help or "").split("\n\n")
        said = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
        own = [p for p in command.params if p.name not in _COMMON]
        yield f"### rhoai {name}\n\n```text\nrhoai {name} {usage}\n```\n\n{said}\n\n{_takes(command)}"
        if rows := list(_options(own)):
            yield _table(("option", "meaning"), rows)
        yield from (f"```text\n{example}```\n" for example in _examples(name))


def _takes(command: click.Command) -> str:
    names = {parameter.name for parameter in command.params}
    if "kubeconfig" in names:
        return "Takes the [common options](#common-options).\n"
    if "verbose" in names:
        return "Asks no cluster; of the [common options](#common-options) it takes those of printing.\n"
    return "Asks no cluster.\n"


def _examples(name: str) -> Iterator[str]:
    """Go through what commands printed, each below its command line."""
    stored = EXAMPLES / f"{name}.txt"
    if stored.is_file():
        yield stored.read_text(encoding="utf-8")
    for line in _OFFLINE.get(name, ()):
        arguments, _, piped = line.partition(" < ")
        runner = CliRunner(env={"NO_COLOR": "1"})
        printed = runner.invoke(rhoai, arguments.split(), input=_LINTED if piped else "").stdout
        yield f"{_shown(piped)}$ rhoai {line}\n{cut(printed)}"


def _shown(piped: str) -> str:
    return f"$ cat {piped}\n{_LINTED}" if piped else ""


def cut(printed: str) -> str:
    """Return the beginning of what is long."""
    lines = printed.splitlines(keepends=True)
    return "".join(lines if len(lines) <= _LINES else [*lines[:_LINES], "...\n"])


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


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    shown = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in shown) + "\n"

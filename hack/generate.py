"""Write the files that are made from others, or say which of them are stale.

``python -m hack.generate`` writes them; with ``--check`` it writes nothing, lists those that
differ from what it would write, and exits 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from hack import cli_page, component_pages, reference_pages
from hack.packaging import (
    alert_pages,
    bundle,
    chart,
    dashboard,
    index,
    install,
    licences,
    rights_text,
)
from rhoai_operator.catalog.crds import datasciencecluster_crd, dscinitialization_crd
from rhoai_operator.catalog.loader import Catalog, load_catalog
from rhoai_operator.metrics import METRICS

ROOT = Path(__file__).resolve().parents[1]

_HEADER = "# Made by `make generate` from {}; changes here get lost.\n"


class _NoAliases(yaml.CSafeDumper):
    """Write equal parts out each time: anchors are no pleasure to read."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _crd_text(crd: Mapping[str, Any], sources: str) -> str:
    text = yaml.dump(crd, Dumper=_NoAliases, sort_keys=False, width=100, allow_unicode=True)
    return _HEADER.format(sources) + text


def _metrics_page() -> str:
    rows = (
        f"| `{m.name}` | {m.kind} | {', '.join(f'`{label}`' for label in m.labels)} | {m.text} |"
        f" {alert_pages.links(m.name)} |"
        for m in METRICS
    )
    head = "<!-- Made by `make generate` from rhoai_operator/metric_table.py. -->\n# Metrics\n\n"
    intro = "`/metrics` also holds what describes the process: `process_*` and `python_*`.\n\n"
    table = "| name | kind | labels | meaning | alerts |\n| --- | --- | --- | --- | --- |\n"
    return head + intro + table + "\n".join(rows) + "\n"


def _with(page: str, name: str, text: str) -> str:
    """Return a page with a text between the marks of this name."""
    begin, end = f"<!-- {name}: made by `make generate` -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = (ROOT / page).read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{text}{end}{after}"


def _readme(catalog: Catalog) -> str:
    return _with("README.md", "components", component_pages.table(catalog, "docs/components/"))


GENERATED: Mapping[str, Callable[[Catalog], str]] = {
    "crds/datasciencecluster.opendatahub.io_datascienceclusters.yaml": lambda catalog: _crd_text(
        datasciencecluster_crd(catalog), "rhoai_operator/api/ and manifests/*/component.yaml"
    ),
    "crds/dscinitialization.opendatahub.io_dscinitializations.yaml": lambda _: _crd_text(
        dscinitialization_crd(), "rhoai_operator/api/"
    ),
    "docs/metrics.md": lambda _: _metrics_page(),
    "docs/fields.md": lambda catalog: reference_pages.api(
        datasciencecluster_crd(catalog),
        dscinitialization_crd(),
        component_pages.components(catalog)[0].name,
    ),
    "docs/settings.md": lambda _: reference_pages.settings(),
    "docs/cli.md": lambda _: _with("docs/cli.md", "commands", f"\n{cli_page.text()}\n"),
    "docs/components/README.md": component_pages.overview,
    "README.md": _readme,
    "config/rbac.yaml": lambda _: rights_text.as_yaml(),
    "docs/security/rbac.md": lambda _: rights_text.page(),
    licences.PAGE: lambda _: licences.page(),
    "install.yaml": install.text,
    f"{alert_pages.FOLDER}/rules.yaml": lambda _: alert_pages.rules(),
    f"{alert_pages.FOLDER}/rules_test.yaml": lambda _: alert_pages.tests(),
    f"{alert_pages.FOLDER}/prometheusrule.yaml": lambda _: alert_pages.manifest(),
    f"{alert_pages.FOLDER}/grafana-dashboard.json": lambda _: dashboard.as_json(),
    f"{alert_pages.FOLDER}/grafana-dashboard.yaml": lambda _: alert_pages.dashboard_manifest(),
    "docs/operate/alerts.md": lambda _: alert_pages.page(),
}
"""Every generated file and what makes its text, but for a page of each component."""


def texts(catalog: Catalog) -> Mapping[str, str]:
    """Return what every generated file should hold, by its path."""
    return dict(_texts(catalog))


def _texts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    yield from ((name, text_of(catalog)) for name, text_of in GENERATED.items())
    yield from bundle.texts(catalog).items()
    yield from index.texts(catalog).items()
    yield from chart.texts(catalog).items()
    for component in component_pages.components(catalog):
        name = component.name
        yield f"{component_pages.FOLDER}/{name}.md", component_pages.page(catalog, name)


def stale(root: Path, wanted: Mapping[str, str]) -> dict[Path, str]:
    """Return the files below ``root`` that are missing or old, with the text they should have."""
    return {
        path: text
        for path, text in ((root / name, text) for name, text in wanted.items())
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code: 1 if ``--check`` finds a stale file."""
    parser = argparse.ArgumentParser(prog="python -m hack.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, list stale files")
    check = parser.parse_args(arguments).check
    found = stale(ROOT, texts(load_catalog(ROOT / "manifests")))
    for path, text in found.items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print("stale:" if check else "wrote:", path.relative_to(ROOT))
    if found and check:
        print("run `make generate` and commit what it changes", file=sys.stderr)
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main())

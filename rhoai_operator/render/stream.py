"""YAML out: a stream that people can read and every YAML reader takes for the same objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from rhoai_operator.core.objects import Manifest

_FIRST = ("apiVersion", "kind", "metadata")
_FIRST_IN_METADATA = ("name", "namespace", "labels", "annotations")
_LONGEST_LINE = 2**20
"""Long enough that no text is folded."""

_AMBIGUOUS = re.compile(r"[-+]?\.?[0-9][-+.:_0-9a-fA-Fox]*|[yYnN]")
"""Text that some version of YAML, or some reader, takes for a number, a time or a truth value."""


class _Dumper(yaml.CSafeDumper):
    """Writes every object out in full, and text so that it stays text."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if _AMBIGUOUS.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(dict, yaml.CSafeDumper.represent_dict)
_Dumper.add_multi_representer(list, yaml.CSafeDumper.represent_list)


def to_yaml(manifests: Iterable[Manifest]) -> str:
    """Write objects as a YAML stream, each after a ``---``; keys keep their order.

    Only the identity comes first in each, wherever the template had it.
    """
    return yaml.dump_all(
        map(_identity_first, manifests),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_LONGEST_LINE,
        explicit_start=True,
    )


def _identity_first(manifest: Manifest) -> dict[str, Any]:
    metadata = _moved_up(manifest["metadata"], _FIRST_IN_METADATA)
    return {**_moved_up(manifest, _FIRST), "metadata": metadata}


def _moved_up(value: Manifest, first: tuple[str, ...]) -> dict[str, Any]:
    return {**{key: value[key] for key in first if key in value}, **value}

"""Writes manifests as people would: long texts as blocks, no anchors."""

from __future__ import annotations

import yaml

from rhoai_operator.core.objects import Manifest

_HEADER = "# Made by `make generate` from {}; changes here get lost.\n"


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _string(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def document(manifest: Manifest, sources: str) -> str:
    """Return one object as a file that says what it was made from."""
    return _HEADER.format(sources) + documents(manifest)


def documents(*manifests: Manifest, width: int = 100) -> str:
    """Return objects one after the other; lines have ``width`` characters where they can."""
    return yaml.dump_all(
        manifests, Dumper=_Dumper, sort_keys=False, width=width, allow_unicode=True
    )

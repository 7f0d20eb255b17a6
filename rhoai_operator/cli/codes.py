"""What ``rhoai lint`` can find: a table, for the command and for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means, and what to do about it."""

    severity: Severity
    means: str
    remedy: str


_E, _W = Severity.ERROR, Severity.WARNING

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "RHOAI0001": Code(_E, "the file is no YAML", "correct its syntax"),
        "RHOAI0002": Code(_E, "the file holds none of our kinds", "name the right file"),
        "RHOAI0003": Code(_E, "there are two of a kind", "keep one: of two the older one rules"),
        "RHOAI0101": Code(_E, "the apiVersion is none of ours", "write the one that is named"),
        "RHOAI0102": Code(_E, "the object has no name", "give it one"),
        "RHOAI0103": Code(_E, "there is no such field", "correct its name, or remove it"),
        "RHOAI0104": Code(_E, "a field cannot be followed", "correct its value"),
        "RHOAI0201": Code(_E, "a component cannot be installed by this version", "set it Removed"),
        "RHOAI0202": Code(_E, "a component needs another one", "set that one Managed"),
        "RHOAI0203": Code(_W, "nothing acts on a field yet", "leave it out, or know it is ignored"),
        "RHOAI0204": Code(_W, "devFlags are not followed", "leave them out"),
        "RHOAI0205": Code(_W, "nothing is to be installed", "set a component Managed"),
    }
)

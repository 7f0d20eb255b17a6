"""The runtime's default seccomp profile, as a pod with ``RuntimeDefault`` and no capabilities gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROFILE = Path("/usr/share/containers/seccomp.json")
"""Comes with buildah."""
ARCHITECTURE = "amd64"


def runtime_default(profile: Path = PROFILE) -> dict[str, Any]:
    """Return it in the OCI runtime's form: its rules for some capability are not for us."""
    told = json.loads(profile.read_text())
    families = [
        family for family in told["archMap"] if family["architecture"] == "SCMP_ARCH_X86_64"
    ]
    architectures = [a for f in families for a in (f["architecture"], *f["subArchitectures"])]
    kept = ("names", "action", "args", "errnoRet")
    return {
        "defaultAction": told["defaultAction"],
        "defaultErrnoRet": told["defaultErrnoRet"],
        "architectures": architectures,
        "syscalls": [
            {key: rule[key] for key in kept if rule.get(key)}
            for rule in told["syscalls"]
            if _applies(rule)
        ],
    }


def _applies(rule: Mapping[str, Any]) -> bool:
    """Tell whether a rule is for a process without capabilities on this architecture."""
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    if includes.get("caps") or ARCHITECTURE in excludes.get("arches", ()):
        return False
    return ARCHITECTURE in includes.get("arches", (ARCHITECTURE,))

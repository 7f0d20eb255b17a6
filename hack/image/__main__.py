"""Builds the operator's image with what is there: podman, buildah or docker.

``python -m hack.image --base REFERENCE --tag NAME``; what follows ``--`` goes to the builder. Without a base it
is the Dockerfile's, by the digest that hack/packaging/images-to-pin.yaml has for it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from datetime import UTC, datetime

from hack.image.store import ROOT
from hack.packaging import images, operator_objects
from hack.wheel import epoch

BUILDERS = ("podman", "buildah", "docker")


def builder() -> str:
    """Return the first that answers; docker has a daemon that may not run. Empty if none does."""
    for name in BUILDERS:
        if shutil.which(name):
            done = subprocess.run([name, "info"], check=False, capture_output=True)
            if done.returncode == 0:
                return name
    return ""


def arguments(base: str, tag: str) -> list[str]:
    """Return what every builder takes: which commit it is, and when that was made."""
    seconds = epoch()
    given = {
        "VERSION": operator_objects.version(),
        "COMMIT": _commit(),
        "CREATED": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "SOURCE_DATE_EPOCH": str(seconds),
        "BASE": base or images.operator_base(),
    }
    flags = (word for name, value in given.items() for word in ("--build-arg", f"{name}={value}"))
    return ["build", "--tag", tag, *flags]


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return told.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hack.image", description=__doc__)
    parser.add_argument("--base", default="", help="Python on UBI 9 to begin with")
    parser.add_argument("--tag", default=operator_objects.image(), help="what to call it")
    parser.add_argument("more", nargs="*", help="further arguments of the builder")
    given = parser.parse_args()
    if not (found := builder()):
        sys.exit(f"none of {', '.join(BUILDERS)} works here: install one, or start docker's daemon")
    command = [found, *arguments(given.base, given.tag), *given.more, str(ROOT)]
    sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()

"""Which rules of the operator's roles nothing made use of: ``python -m hack.packaging.rights_check``.

Reads what ``pytest --record-rights`` has written. A rule is used if an operator asked for
something that it allows, or if a role that the operator made allows it. What admission plug-ins
ask the API server themselves, such as whether an owner may be named, no log tells.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from hack.packaging import rights
from hack.packaging.rights import Needs
from hack.packaging.rights_text import reasons
from rhoai_operator.reconcile.rights import Right, allowed_by
from rhoai_operator.reconcile.rules import Rule


def recorded(files: Iterable[Path]) -> frozenset[Right]:
    """Read the rights that were used."""
    lines = (line for file in files for line in file.read_text().splitlines())
    return frozenset(Right(*json.loads(line)) for line in lines)


def unused(rule: Rule, used: frozenset[Right], needs: Needs) -> list[Right]:
    """Return the rights of a rule that no request needed and no role of a component grants."""
    asked = used | {right._replace(name="") for right in used}
    return [
        right
        for right in allowed_by(rule.manifest)
        if right not in asked and not any(n.what == "granted" for n in needs[right])
    ]


def report(used: frozenset[Right]) -> Iterator[str]:
    """Say rule by rule what was not used of it, where that is anything."""
    found = rights.derived()
    whole, idle = 0, 0
    for rules, needs in (
        (found.cluster_rules, found.everywhere),
        (found.home_rules, found.at_home),
    ):
        for number, rule in enumerate(rules, 1):
            left = unused(rule, used, needs)
            whole += 1
            idle += len(left) == sum(1 for _ in allowed_by(rule.manifest))
            if left:
                words = ", ".join(sorted({f"{r.verb} {r.resource} {r.name}".strip() for r in left}))
                yield f"{number} {'/'.join(rule.groups)}: not used: {words}"
                yield from (f"    {reason}" for reason in reasons(rule, needs))
    yield f"{whole} rules, of which {idle} were not used at all"


def main() -> None:
    parser = argparse.ArgumentParser("python -m hack.packaging.rights_check", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    print("\n".join(report(recorded(parser.parse_args().files))))


if __name__ == "__main__":
    main()

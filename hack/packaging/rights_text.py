"""The operator's roles as people read them: YAML with reasons, and a page by component."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from hack.packaging import policy, rights
from hack.packaging.rights import OPERATOR, Need, Needs
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.rules import Rule
from rhoai_operator.settings import MANIFESTS

WIDTH = 110
_HEADER = """\
# Made by `make generate` from manifests/ and hack/packaging/own_rights.yaml; changes here get lost.
# What each rule is there for stands before it. "Granted" is what a component's own roles allow: only
# who holds that may create them.
"""


def as_yaml(manifests: Path = MANIFESTS) -> str:
    """Return all roles and bindings as YAML, each rule with its reason."""
    found = rights.derived(manifests)
    reasons = {"ClusterRole": found.everywhere, "Role": found.at_home}
    rules = {"ClusterRole": found.cluster_rules, "Role": found.home_rules}
    documents = [
        _role(manifest, rules[manifest["kind"]], reasons[manifest["kind"]])
        if manifest["kind"] in rules
        else _dump(manifest)
        for manifest in rights.everything(manifests)
    ]
    return _HEADER + "---\n".join(["", *documents])


def _role(manifest: Manifest, rules: Iterable[Rule], needs: Needs) -> str:
    head = _dump({key: value for key, value in manifest.items() if key != "rules"})
    return head + "rules:\n" + "".join(_rule(rule, needs) for rule in rules)


def _rule(rule: Rule, needs: Needs) -> str:
    comment = "".join(
        textwrap.fill(line, WIDTH, initial_indent="  # ", subsequent_indent="  #   ") + "\n"
        for line in reasons(rule, needs)
    )
    return comment + textwrap.indent(_dump([rule.manifest]), "  ")


def reasons(rule: Rule, needs: Needs) -> list[str]:
    """Say what a rule is there for, resource by resource where that differs."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for resource in rule.resources:
        found = {
            need
            for right, known in needs.items()
            if right.resource == resource
            and (right.group in rule.groups or not rule.groups)
            and right.verb in rule.verbs
            and (right.name in rule.names if rule.names else not right.name)
            for need in known
        }
        by_reason[said(found)].append(resource)
    if len(by_reason) == 1:
        return list(by_reason)
    return [f"{', '.join(resources)}: {reason}" for reason, resources in by_reason.items()]


def said(needs: Iterable[Need]) -> str:
    """Say who needs something, and what for."""
    by_what: dict[str, list[str]] = defaultdict(list)
    for need in sorted(needs):
        by_what[need.what].append(need.who)
    ours = [what for what, who in by_what.items() if who == [OPERATOR]]
    others = [f"{what}: {', '.join(who)}" for what, who in by_what.items() if what not in ours]
    return "; ".join([*others, *([f"{OPERATOR}: {', '.join(ours)}"] if ours else [])])


def _dump(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=WIDTH, default_flow_style=None)


def page(manifests: Path = MANIFESTS) -> str:
    """Return the page that says component by component what the operator needs."""
    found = rights.derived(manifests)
    head = _PAGE.format(
        everywhere=len(found.cluster_rules),
        at_home=len(found.home_rules),
        forced="\n".join(_forced(found)),
        everybody="\n".join(_everybody()),
    )
    return head + "".join(_sections(found)).rstrip("\n") + "\n"


_PAGE = """\
<!-- Made by `make generate` from manifests/ and hack/packaging/own_rights.yaml. -->
# What the operator may do

The operator runs as ServiceAccount `redhat-ods-operator/rhoai-operator`. Its ClusterRole `rhoai-operator`
({everywhere} rules) and its Role of that name in its own namespace ({at_home}) are derived from what the components
render, read and grant: see `config/rbac.yaml`, where each rule has its reason. No rule has a wildcard.

- **Applied**: objects of the component are made, kept and deleted. Definitions and namespaces are never deleted.
- **Read**: what the component rests on is looked at, single objects by their names.
- **Granted**: the component has a role that allows this, and the API server lets nobody create a role that allows
  more than its creator may do. So the operator holds it, and does not use it.

Namespaces are the users' choice and made by the operator, so what is applied in them, Secrets included, cannot be
limited to their names beforehand. Components whose own roles reach into Secrets of all namespaces need the same
of the operator anyway.

## Roles that nobody can hold rule by rule

These have wildcards, or rules that others fill in, or they are not the platform's. For them the operator has
`escalate`, which lets it create that one role, or `bind`, which lets it bind that one role. What stands in a role
that it may escalate is not limited, so whoever gets hold of the operator's token can become administrator of the
cluster by it: guard who may read Secrets and make pods in `redhat-ods-operator`.

| role | verbs | for |
| --- | --- | --- |
{forced}

## What everybody is given

No role is bound to `system:authenticated`, `system:unauthenticated`, `system:serviceaccounts` and their like, but
for these, which allow to read and hold in the applications' namespace only (`hack/packaging/everybody.yaml`):

| binding | group | why |
| --- | --- | --- |
{everybody}

## By component

"""


def _forced(found: rights.Rights) -> Iterator[str]:
    verbs: dict[tuple[str, str], set[str]] = defaultdict(set)
    needs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for right, known in found.everywhere.items():
        if right.verb in ("bind", "escalate") and right.name:
            verbs[right.resource, right.name].add(right.verb)
            needs[right.resource, right.name] |= {need.who for need in known}
    for key in sorted(verbs):
        resource, name = key
        kind = {"clusterroles": "ClusterRole", "roles": "Role"}[resource]
        yield f"| {kind} `{name}` | {_listed(verbs[key])} | {_listed(needs[key])} |"


def _everybody() -> Iterator[str]:
    for binding, reason in sorted(policy.listed().items()):
        yield f"| {binding.kind} `{binding.name}` | `{binding.group}` | {reason} |"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _sections(found: rights.Rights) -> Iterator[str]:
    rows: dict[str, dict[tuple[str, str], dict[str, set[str]]]] = defaultdict(dict)
    for right, needs in (*found.everywhere.items(), *found.at_home.items()):
        for need in needs:
            key = right.group, f"{right.resource} {right.name}".strip()
            rows[need.who].setdefault(key, defaultdict(set))[need.what].add(right.verb)
    for who in sorted(rows):
        yield f"### {who[0].upper()}{who[1:]}\n\n" if who == OPERATOR else f"### {who}\n\n"
        yield "| what | group | verbs |\n| --- | --- | --- |\n"
        for (group, resource), by_what in sorted(rows[who].items()):
            verbs = "; ".join(f"{what}: {_listed(v)}" for what, v in sorted(by_what.items()))
            yield f"| `{resource}` | {group or '-'} | {verbs} |\n"
        yield "\n"

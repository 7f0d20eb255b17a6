"""What users ask of one component. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rhoai_operator.api.datasciencecluster import ComponentSpec, DataScienceCluster
from rhoai_operator.api.dscinitialization import DSCInitialization
from rhoai_operator.catalog.context import check, with_defaults
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.core.plan import ManagementState

_NOTHING = ComponentSpec()


@dataclass(frozen=True, slots=True)
class Users:
    """The ruling objects; None where there is none."""

    dsc: DataScienceCluster | None
    dsci: DSCInitialization | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one component.

    Attributes:
        spec: its part, empty for what has no field of its own.
        problem: why it cannot be followed, naming the field; empty if it can.
        ignored: fields of it that are set to something and that nothing acts on yet.
    """

    spec: ComponentSpec
    state: ManagementState
    problem: str = ""
    ignored: tuple[str, ...] = ()


def asked(definition: ComponentDefinition, users: Users) -> Asked:
    """Read what users ask of a component; for a shared one, what its users add up to."""
    if definition.owner == "DSCInitialization":
        return Asked(_NOTHING, _present(users.dsci), users.dsci.problem if users.dsci else "")
    spec = _spec(definition, users.dsc)
    problem = _problem(definition, spec, users.dsc)
    return Asked(spec, spec.state, problem, tuple(_ignored(definition, spec)))


def _present(dsci: DSCInitialization | None) -> ManagementState:
    gone = dsci is None or dsci.metadata.deleting
    return ManagementState.REMOVED if gone else ManagementState.MANAGED


def _spec(definition: ComponentDefinition, dsc: DataScienceCluster | None) -> ComponentSpec:
    if dsc is None or dsc.metadata.deleting:
        return _NOTHING
    if not definition.shared_by:
        return dsc.components.get(definition.name, _NOTHING)
    states = {dsc.components.get(user, _NOTHING).state for user in definition.shared_by}
    for state in (ManagementState.MANAGED, ManagementState.UNMANAGED):
        if state in states:
            return ComponentSpec(management_state=state)
    return _NOTHING


def _problem(
    definition: ComponentDefinition, spec: ComponentSpec, dsc: DataScienceCluster | None
) -> str:
    if dsc is None or dsc.metadata.deleting:
        return ""
    told = dsc.problems.get("") or dsc.problems.get(definition.name)
    return told or check(definition, spec.parameters)


def _ignored(definition: ComponentDefinition, spec: ComponentSpec) -> Iterable[str]:
    root = f"spec.components.{definition.name}"
    if spec.dev_flags and spec.dev_flags.manifests:
        yield f"{root}.devFlags.manifests"
    default = with_defaults(definition.parameters, {})
    for name, value in with_defaults(definition.parameters, dict(spec.parameters)).items():
        if name not in definition.acts_on and value != default.get(name):
            yield f"{root}.{name}"

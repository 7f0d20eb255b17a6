"""Which namespaces are in force."""

from __future__ import annotations

from dataclasses import dataclass

from rhoai_operator.api.dscinitialization import ControlPlane, DSCInitializationSpec
from rhoai_operator.catalog.platforms import Platform


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The namespaces in force: the user's choice, else the platform's."""

    applications: str
    monitoring: str
    mesh: str

    @classmethod
    def of(cls, platform: Platform, spec: DSCInitializationSpec | None) -> Namespaces:
        """Read the choice; a spec of None makes none."""
        monitoring = spec.monitoring.namespace if spec and spec.monitoring else None
        mesh = spec.service_mesh.control_plane if spec and spec.service_mesh else ControlPlane()
        return cls(
            (spec and spec.applications_namespace) or platform.applications_namespace,
            monitoring or platform.monitoring_namespace,
            mesh.namespace,
        )

    def named(self, name: str) -> str:
        """Return what ``component.yaml`` means by a name or by what stands for one."""
        known = {
            "$applications": self.applications,
            "$monitoring": self.monitoring,
            "$mesh": self.mesh,
        }
        return known.get(name, name)

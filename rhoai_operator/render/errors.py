"""What can be wrong with templates and with the definitions beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from rhoai_operator.core.errors import OperatorError


class RenderError(OperatorError):
    """A file below the manifests cannot be turned into objects. Retrying is useless.

    Attributes:
        source: the file at fault, relative to the manifests.
    """

    def __init__(self, source: PurePath, detail: str) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source


class UnknownContainer(OperatorError):
    """Amounts are set for a container that the component does not have."""

    def __init__(self, component: str, name: str, known: Iterable[str]) -> None:
        field = f"spec.components.{component}.overrides.resources.{name}"
        names = ", ".join(sorted(known)) or "none"
        super().__init__(f"{field}: there is no such container: name one of {names}")

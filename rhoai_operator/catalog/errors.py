"""What can be wrong with the data that the operator ships."""

from __future__ import annotations

from pathlib import Path

from rhoai_operator.core.errors import OperatorError


class CatalogError(OperatorError):
    """A file under ``manifests/`` is missing or malformed. Retrying is useless."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path

"""Why a component is not touched although nothing failed."""

from __future__ import annotations

from rhoai_operator.core.errors import OperatorError


class Held(OperatorError):
    """Going on would do harm, or cannot work; ``str(error)`` names the object and the remedy.

    Attributes:
        reason: CamelCase word for the condition.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

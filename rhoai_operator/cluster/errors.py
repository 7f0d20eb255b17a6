"""What can go wrong between the operator and the API server.

* ClusterError
  + TransientError      retry with back-off
    - Unavailable       timeout, 429, 5xx, connection refused
    - Conflict          another writer won, or the object is another one by now (409)
    - Terminating       its namespace is on its way out (403, cause NamespaceTerminating)
    - Missing           something it needs is not there yet, such as its namespace (404)
    - Gone              a watch is too old to be resumed (410)
  + TerminalError       retrying the same input is useless
    - Invalid           rejected by schema or admission (400, 413, 415, 422)
    - Forbidden         the operator lacks permission (401, 403)
    - KindNotServed     no such API here; its CRD may not be installed

``NotFound`` is absent on purpose: a missing object is an answer (``None``).
"""

from __future__ import annotations

from rhoai_operator.core.errors import OperatorError


class ClusterError(OperatorError):
    """A request failed. ``str(error)`` is what the API server said of it."""


class TransientError(ClusterError):
    """May succeed if repeated unchanged."""


class Unavailable(TransientError):
    """The API server could not answer. ``retry_after`` is its own wish, in seconds, or 0."""

    def __init__(self, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Conflict(TransientError):
    """The object changed under us."""


class Terminating(TransientError):
    """The object's namespace is being deleted."""


class Missing(TransientError):
    """Something the object needs is not there yet."""


class Gone(TransientError):
    """A watch cannot be resumed from this resourceVersion: list again (410)."""


class TerminalError(ClusterError):
    """Will fail again until someone changes the input."""


class Invalid(TerminalError):
    """Schema or admission rejected the object."""


class Forbidden(TerminalError):
    """RBAC or an admission plug-in rejected the request."""


class KindNotServed(TerminalError):
    """The API server does not serve this group, version and kind."""

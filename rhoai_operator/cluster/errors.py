"""What can go wrong between the operator and the API server.

* ClusterError
  + TransientError          retry with back-off
    - Unavailable           timeout, 429, 5xx, connection refused
      . WebhookUnavailable  a webhook that has to be asked does not answer (500)
    - Conflict              another writer won, or the object is another one by now (409)
      . AlreadyExists       an object of that name is there already (409)
    - Terminating           its namespace is on its way out (403, cause NamespaceTerminating)
    - Missing               something it needs is not there yet, such as its namespace (404)
    - Gone                  a watch is too old to be resumed (410)
    - Recreating            it was deleted to be made anew, and the old one is still there
    - NotLeading            another replica holds the lease, or nobody for now: nothing was sent
  + TerminalError           retrying the same input is useless
    - Invalid               no valid object or request (4xx without a class of its own, and 500
                            where server-side apply cannot read the object)
      . Immutable           fields that cannot change would change (422)
      . TooLarge            the request is too large (413)
      . Unsupported         what serves the kind does not take such a request (405, 406, 415)
    - AdmissionDenied       a webhook, a policy or Pod Security says no (any 4xx)
    - QuotaExceeded         a ResourceQuota says no (403)
    - FieldConflict         another field manager has the fields, and force was not used (409)
    - Forbidden             the operator lacks permission, or an admission plug-in says no (403)
      . Unauthorized        the API server does not know who is asking (401, or 403 for anonymous)
    - KindNotServed         no such API here; its CRD may not be installed (404)

``NotFound`` is absent on purpose: a missing object is an answer (``None``). What a class adds
to the text is as the API server said it, and empty where it did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.fields import Claim


class ClusterError(OperatorError):
    """A request failed. ``str(error)`` is what the API server said of it."""


class TransientError(ClusterError):
    """May succeed if repeated unchanged."""


class Unavailable(TransientError):
    """The API server could not answer. ``retry_after`` is its own wish, in seconds, or 0."""

    def __init__(self, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class WebhookUnavailable(Unavailable):
    """An admission or conversion webhook cannot be reached, or answers nonsense.

    Attributes:
        webhook: its name, as in its configuration; what it converts where it has none.
        service: namespace and name of the Service before it, joined by ``/``.
        cause: what came of asking it.
    """

    def __init__(
        self, detail: str, *, webhook: str = "", service: str = "", cause: str = ""
    ) -> None:
        super().__init__(detail)
        self.webhook, self.service, self.cause = webhook, service, cause


class Conflict(TransientError):
    """The object changed under us."""


class AlreadyExists(Conflict):
    """There is an object of that name."""


class Terminating(TransientError):
    """The object's namespace is being deleted."""


class Missing(TransientError):
    """Something the object needs is not there yet.

    Attributes:
        resource: plural of its kind, such as ``namespaces``.
        name: its name.
    """

    def __init__(self, detail: str, *, resource: str = "", name: str = "") -> None:
        super().__init__(detail)
        self.resource, self.name = resource, name


class Gone(TransientError):
    """A watch cannot be resumed from this resourceVersion: list again (410)."""


class Recreating(TransientError):
    """The old object has to be gone before the new one can be made."""


class NotLeading(TransientError):
    """This replica does not hold the lease, so it writes nothing; the request was not sent."""


class TerminalError(ClusterError):
    """Will fail again until someone changes the input."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong with an object.

    Attributes:
        field: its path, such as ``spec.ports[0]``; empty if it is none in particular.
        reason: CamelCase word such as ``FieldValueRequired``.
    """

    field: str
    reason: str
    message: str


class Invalid(TerminalError):
    """The API server cannot take the object or the request as it is; ``causes`` tell why."""

    def __init__(self, detail: str, causes: tuple[Cause, ...] = ()) -> None:
        super().__init__(detail)
        self.causes = causes


class Immutable(Invalid):
    """The live object cannot become like this one, whatever else is wrong with it.

    Attributes:
        fields: paths of those that cannot change; ``spec`` where the server says no better.
    """

    def __init__(
        self, detail: str, causes: tuple[Cause, ...] = (), fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(detail, causes)
        self.fields = fields


class TooLarge(Invalid):
    """The object is larger than the API server takes."""


class Unsupported(Invalid):
    """What serves the kind does not take requests of this sort, such as server-side apply."""


class Admission(StrEnum):
    """Who can deny an object."""

    WEBHOOK = "admission webhook"
    POLICY = "ValidatingAdmissionPolicy"
    POD_SECURITY = "Pod Security"


class AdmissionDenied(TerminalError):
    """Somebody's rule of this cluster denies the object.

    Attributes:
        by: None where that is not known.
        name: of the webhook or the policy; Pod Security's level and version.
        binding: name of the policy's binding.
        cause: what it says for a reason; empty if nothing.
    """

    def __init__(
        self,
        detail: str,
        *,
        by: Admission | None = None,
        name: str = "",
        binding: str = "",
        cause: str = "",
    ) -> None:
        super().__init__(detail)
        self.by, self.name, self.binding, self.cause = by, name, binding, cause


class QuotaExceeded(TerminalError):
    """A ResourceQuota denies the object.

    Attributes:
        quota: its name.
        cause: what is requested, used and limited, or what the object must specify.
    """

    def __init__(self, detail: str, *, quota: str = "", cause: str = "") -> None:
        super().__init__(detail)
        self.quota, self.cause = quota, cause


class FieldConflict(TerminalError):
    """Other field managers have fields of the object, and they were not to be taken over."""

    def __init__(self, detail: str, claims: tuple[Claim, ...] = ()) -> None:
        super().__init__(detail)
        self.claims = claims


EMPTY = '""'
"""How YAML spells the core API group."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What somebody may not do.

    Attributes:
        user: who asked.
        verb: ``escalate`` or ``bind`` where what a role grants is the trouble.
        resource: plural, with its subresource, such as ``deployments/status``; a path such as
            ``/metrics`` where it is no resource.
        namespace: empty for all of the cluster.
        name: of the role, where the verb is ``escalate``.
    """

    user: str
    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def rule(self) -> str:
        """The rule of a ClusterRole that grants it, as one line of YAML."""
        if self.resource.startswith("/"):
            return f"{{nonResourceURLs: [{self.resource}], verbs: [{self.verb}]}}"
        what = f"apiGroups: [{self.group or EMPTY}], resources: [{self.resource}]"
        names = f", resourceNames: [{self.name}]" if self.name else ""
        return f"{{{what}{names}, verbs: [{self.verb}]}}"


class Forbidden(TerminalError):
    """RBAC or an admission plug-in rejected the request.

    Attributes:
        permission: what is lacking; None if it was no matter of RBAC.
        rules: what a role would grant that the operator does not hold itself.
    """

    def __init__(
        self, detail: str, permission: Permission | None = None, rules: tuple[str, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.permission, self.rules = permission, rules


class Unauthorized(Forbidden):
    """The credentials are wrong or have expired."""


class KindNotServed(TerminalError):
    """The API server does not serve this group, version and kind."""

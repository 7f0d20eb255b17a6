"""What becomes of a request that the API server asks us about. Pure.

What a CRD can say of one object by itself, it says. This is about what takes a look at others, or
at what a name means. Nothing here is about updates: what is there stays editable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias

from rhoai_operator.api import datasciencecluster, dscinitialization
from rhoai_operator.api.metadata import Metadata
from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.ruling import ruling

_DSC, _DSCI = datasciencecluster.KIND, dscinitialization.KIND
CREATE, DELETE = "CREATE", "DELETE"


class Question(NamedTuple):
    """What is to be done with which kind of object."""

    kind: str
    operation: str


@dataclass(frozen=True, slots=True)
class Request:
    """One that somebody has made and that is not carried out yet.

    Attributes:
        body: the object to be created, or that to be deleted as it is stored.
    """

    question: Question
    body: Manifest

    @classmethod
    def of(cls, review: Mapping[str, Any]) -> Request:
        """Read an AdmissionReview.

        Raises:
            ValueError: it is none, or about something else than what we have the API server ask.
        """
        request = _mapping(review.get("request"))
        kind, operation = _mapping(request.get("kind")).get("kind"), request.get("operation")
        question = Question(str(kind), str(operation))
        if question not in _CHECKS:
            raise ValueError(f"nothing is known about {operation or 'no operation'} of {kind}")
        body = _mapping(request.get("oldObject" if operation == DELETE else "object"))
        if not body:
            raise ValueError(f"there is no object in the request to {operation} a {kind}")
        return cls(question, body)

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Kinds whose objects decide."""
        return (_DSC, _DSCI) if self.question.operation == DELETE else (self.question.kind,)


@dataclass(frozen=True, slots=True)
class _Named:
    """An object that is stored."""

    metadata: Metadata


Stored: TypeAlias = Mapping[str, tuple[Metadata, ...]]
"""What is stored now, by kind."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a request.

    Attributes:
        message: what is in the way and what to do about it; empty if nothing is.
        code: of the HTTP answer that the user gets.
    """

    message: str = ""
    code: HTTPStatus = field(default=HTTPStatus.OK)

    @property
    def allowed(self) -> bool:
        """Whether it may be carried out."""
        return not self.message


def review(request: Request, stored: Stored) -> Verdict:
    """Judge a request by what is stored of the kinds that it depends on."""
    verdicts = (check(request, stored) for check in _CHECKS[request.question])
    return next((verdict for verdict in verdicts if not verdict.allowed), Verdict())


def _is_only_one(request: Request, stored: Stored) -> Verdict:
    kind, name = request.question.kind, Metadata.of(request.body).name
    there = stored[kind]
    if any(name == one.name for one in there):
        return Verdict()  # the API server refuses it itself, in a way that clients look out for
    first = ruling(map(_Named, there))
    if first is None:
        return Verdict()
    found = f"{kind} {first.metadata.name}"
    if first.metadata.deleting:
        return _forbidden(f"{found} is being deleted: wait until it is gone, then create this one")
    text = f"there is {found} already, and a cluster has only one"
    return _forbidden(f"{text}: change that one, or delete it before you create another")


def _is_understood(request: Request, _: Stored) -> Verdict:
    if request.question.kind == _DSCI:
        problem = dscinitialization.parse(request.body).problem
    else:
        problem = ". ".join(datasciencecluster.parse(request.body).problems.values())
    return Verdict(problem, HTTPStatus.UNPROCESSABLE_ENTITY) if problem else Verdict()


def _carries_nothing(request: Request, stored: Stored) -> Verdict:
    """Only the ruling one carries anything, and only while there is a DataScienceCluster."""
    this, above = Metadata.of(request.body), ruling(map(_Named, stored[_DSC]))
    first = ruling(map(_Named, stored[_DSCI]))
    is_ruling = first is not None and first.metadata.name == this.name
    if above is None or this.deleting or not is_ruling:
        return Verdict()
    found = f"{_DSC} {above.metadata.name}"
    if above.metadata.deleting:
        text = f"{found}, which stands on {_DSCI} {this.name}, is being deleted"
        return _forbidden(f"{text}: try again when it is gone")
    return _forbidden(f"{found} stands on {_DSCI} {this.name}: delete the {_DSC} first")


def _forbidden(message: str) -> Verdict:
    return Verdict(message, HTTPStatus.FORBIDDEN)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


_CHECKS: Mapping[Question, tuple[Callable[[Request, Stored], Verdict], ...]] = {
    Question(_DSC, CREATE): (_is_only_one, _is_understood),
    Question(_DSCI, CREATE): (_is_only_one, _is_understood),
    Question(_DSCI, DELETE): (_carries_nothing,),
}
"""All that we have the API server ask, and what stands against it, in order."""

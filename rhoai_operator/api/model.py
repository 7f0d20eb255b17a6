"""What the models of this operator's API have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

GROUP_SUFFIX = "opendatahub.io"
VERSION = "v1"

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)

Quantity: TypeAlias = Annotated[
    int | str,
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": _QUANTITY,
            "x-kubernetes-int-or-string": True,
        }
    ),
]
"""An amount as Kubernetes writes it: ``5Gi``, ``500m``, ``2``."""

Int32: TypeAlias = Annotated[int, Field(json_schema_extra={"format": "int32"})]

OptionalName: TypeAlias = Annotated[str | None, BeforeValidator(lambda value: value or None)]
"""A name that may be absent; the empty one counts as that."""


def check_namespace(name: str | None) -> str | None:
    """Return ``name``.

    The CRDs before 2.19 let any string pass, so ours does, and this is said in a condition.

    Raises:
        ValueError: there can be no namespace of that name.
    """
    if name is not None and not _NAMESPACE.fullmatch(name):
        raise ValueError(
            "a namespace's name has lower-case letters, digits and '-' in it, 63 at most, and"
            " no '-' at either end; choose another"
        )
    return name


def rules(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Build what goes into ``json_schema_extra`` of a model that CEL checks.

    Args:
        pairs: a CEL expression and what to tell the user when it is false.
    """
    said = [{"rule": rule, "message": message} for rule, message in pairs]
    return {"x-kubernetes-validations": said}


class ApiModel(BaseModel):
    """Part of a custom resource, read leniently: the API server has been strict already.

    A null counts as absent, like on the API server; unknown fields are passed over. The
    strings below fields are their descriptions in the CRD.
    """

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        if isinstance(value, Mapping):
            return {key: part for key, part in value.items() if part is not None}
        return value

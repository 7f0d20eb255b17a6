"""What is sent to an API server, and what comes back, as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
from aiohttp.abc import AbstractStreamWriter

from rhoai_operator.core.packed import Packed

BRIEF = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
BRIEF_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
BRIEF_WATCH = (
    f"application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,{BRIEF}"
)
"""Types of answers with identity and metadata only."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})

WIDE_BYTES = 32 * 1024
"""A body of so many bytes, mostly a definition, keeps an API server busy for long."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        path: begins with a slash; what has to be quoted in it is.
        query: likewise, without the question mark.
        repeatable: sending it again is harmless, although it may have been acted upon before.
    """

    method: str
    path: str
    query: str = ""
    content: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    repeatable: bool = True

    @property
    def width(self) -> int:
        """How many turns it counts for."""
        return 2 if len(self.content) >= WIDE_BYTES else 1

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer, whatever its status code."""

    code: int
    raw: bytes = field(repr=False)
    headers: Mapping[str, str]


def asked(**parameters: str) -> str:
    """Return parameters as a query, without those that are empty."""
    return urlencode({name: value for name, value in parameters.items() if value})


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return a body as compact JSON."""
    if isinstance(body, Packed):
        return body.encoded
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)


class Withheld(aiohttp.ClientConnectionError):
    """The request was not sent, because its sender may not write now."""

    def __init__(self) -> None:
        super().__init__("not sent: this replica does not hold the lease")


class Body(aiohttp.Payload):
    """A body that asks at the last moment, with the connection at hand, whether it may be sent.

    The headers before it wait in a buffer until then, so that nothing at all is sent if not.
    """

    _autoclose = True

    def __init__(self, content: bytes, may_write: Callable[[], bool]) -> None:
        super().__init__(content, content_type="application/json")
        self._size = len(content)
        self._may_write = may_write

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the content as text."""
        return str(self._value, encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write all of it.

        Raises:
            Withheld: it must not be sent; aiohttp makes it the cause of an error of its own.
        """
        if not self._may_write():
            raise Withheld
        await writer.write(self._value)

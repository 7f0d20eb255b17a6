"""Read a watch of identity and metadata only, in protocol buffers.

An API server has to encode what controllers of its own watch anyway, and in this form: another
one costs it a copy of the whole object for every change, which is dear for definitions. Field
numbers are those of ``generated.proto`` in ``k8s.io/apimachinery``.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import orjson

from rhoai_operator.cluster.errors import Unavailable
from rhoai_operator.cluster.port import WatchEvent
from rhoai_operator.cluster.refusals import refusal

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_LENGTH = 4
"""Bytes before each event that tell how many it has."""


async def events(chunks: AsyncIterable[bytes]) -> AsyncIterator[WatchEvent]:
    """Decode a watch's body, as it comes. An event that is cut off by its end is none.

    Raises:
        ClusterError: the API server ends the watch with an error, such as Gone, or sends
            something else than events.
    """
    rest = b""
    async for chunk in chunks:
        rest += chunk
        while len(rest) >= _LENGTH:
            end = _LENGTH + int.from_bytes(rest[:_LENGTH])
            if len(rest) < end:
                break
            yield _event(rest[_LENGTH:end])
            rest = rest[end:]


def _event(message: bytes) -> WatchEvent:
    try:
        event = _read(_EVENT, message)
        kind, packed = event["type"], event["object"]["raw"]
        if not packed.startswith(_MAGIC):
            raise ValueError("no object")  # noqa: TRY301 - as any other that cannot be read
        raw = _read(_ENVELOPE, packed[len(_MAGIC) :])["raw"]
        live = _read(_STATUS if kind == "ERROR" else _OBJECT, raw)
    except (ValueError, LookupError) as error:
        raise Unavailable(f"a watch told no event but {message[:100]!r}") from error
    if kind == "ERROR":
        raise refusal(live.get("code", 500), orjson.dumps(live), {})
    return WatchEvent(kind, live)


class _Field(NamedTuple):
    """A field's name in JSON, and how it is decoded.

    Attributes:
        many: it stands there once for each item of a list.
    """

    name: str
    decode: Callable[[Any], Any]
    many: bool = False


_Schema: TypeAlias = Mapping[int, _Field]


def _read(schema: _Schema, message: bytes) -> dict[str, Any]:
    """Decode a message to what its JSON would be: without what is empty."""
    found: dict[str, Any] = {}
    for number, value in _fields(message):
        if (field := schema.get(number)) is None:
            continue
        decoded = field.decode(value)
        if field.many:
            found.setdefault(field.name, []).append(decoded)
        elif isinstance(decoded, dict):
            found[field.name] = found.get(field.name, {}) | decoded
        elif decoded not in ("", 0, None, b""):
            found[field.name] = decoded
    return found


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Go through number and value of each field: an int, or bytes."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        match tag & 7:
            case 0:
                yield tag >> 3, value
            case 2 if at + value <= end:
                yield tag >> 3, message[at : at + value]
                at += value
            case wire:
                raise ValueError(f"cut off, or wire type {wire}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number and where the next one begins."""
    byte = message[at]
    value, shift, at = byte & 0x7F, 7, at + 1
    while byte & 0x80:
        byte = message[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
    return value, at


def _text(value: bytes) -> str:
    return value.decode()


def _moment(value: bytes) -> str | None:
    seconds = _read({1: _Field("seconds", int)}, value).get("seconds")
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def _entry(value: bytes) -> dict[str, str]:
    entry = _read({1: _Field("key", _text), 2: _Field("value", _text)}, value)
    return {entry.get("key", ""): entry.get("value", "")}


def _json(value: bytes) -> Any:  # noqa: ANN401 - any JSON value
    return orjson.loads(_read({1: _Field("raw", bytes)}, value)["raw"])


def _message(schema: _Schema) -> Callable[[bytes], dict[str, Any]]:
    return partial(_read, schema)


_OWNER = {
    1: _Field("kind", _text),
    3: _Field("name", _text),
    4: _Field("uid", _text),
    5: _Field("apiVersion", _text),
    6: _Field("controller", bool),
    7: _Field("blockOwnerDeletion", bool),
}
_MANAGED = {
    1: _Field("manager", _text),
    2: _Field("operation", _text),
    3: _Field("apiVersion", _text),
    4: _Field("time", _moment),
    6: _Field("fieldsType", _text),
    7: _Field("fieldsV1", _json),
    8: _Field("subresource", _text),
}
_METADATA = {
    1: _Field("name", _text),
    2: _Field("generateName", _text),
    3: _Field("namespace", _text),
    5: _Field("uid", _text),
    6: _Field("resourceVersion", _text),
    7: _Field("generation", int),
    8: _Field("creationTimestamp", _moment),
    9: _Field("deletionTimestamp", _moment),
    10: _Field("deletionGracePeriodSeconds", int),
    11: _Field("labels", _entry),
    12: _Field("annotations", _entry),
    13: _Field("ownerReferences", _message(_OWNER), many=True),
    14: _Field("finalizers", _text, many=True),
    17: _Field("managedFields", _message(_MANAGED), many=True),
}
_OBJECT = {1: _Field("metadata", _message(_METADATA))}
_STATUS = {
    2: _Field("status", _text),
    3: _Field("message", _text),
    4: _Field("reason", _text),
    6: _Field("code", int),
}
_ENVELOPE = {2: _Field("raw", bytes)}
_EVENT = {1: _Field("type", _text), 2: _Field("object", _message({1: _Field("raw", bytes)}))}

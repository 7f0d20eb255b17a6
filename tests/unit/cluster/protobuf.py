"""Writes protocol buffers, as far as watches of identity and metadata need it."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = int | str | bytes


def message(*fields: tuple[int, Value]) -> bytes:
    """Encode numbered fields, in this order."""
    return b"".join(_field(number, value) for number, value in fields)


def event(kind: str, live: bytes) -> bytes:
    """Encode one event of a watch, with its length before it."""
    envelope = message((1, message((1, "meta.k8s.io/v1"), (2, "PartialObjectMetadata"))), (2, live))
    body = message((1, kind), (2, message((1, b"k8s\x00" + envelope))))
    return framed(body)


def framed(body: bytes) -> bytes:
    """Put its length before it."""
    return len(body).to_bytes(4) + body


def metadata(*fields: tuple[int, Value]) -> bytes:
    """Encode an object that has nothing but metadata."""
    return message((1, message(*fields)))


def _field(number: int, value: Value) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*encoded, value))

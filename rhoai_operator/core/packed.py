"""Large manifests, kept small."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from rhoai_operator.core.objects import digest

_SMALL = ("apiVersion", "kind", "metadata")


class Packed(Mapping[str, Any]):
    """A manifest of which identity and metadata are at hand, and the rest is compressed JSON.

    What is read of the rest is decoded anew each time, so nobody can change it for others.

    Attributes:
        digest: as :func:`rhoai_operator.core.objects.digest` gives of the whole.
        size: of its JSON, in bytes.
    """

    __slots__ = ("_at_hand", "_keys", "_packed", "digest", "size")

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        whole = dict(manifest)
        self.digest = digest(whole)
        self._at_hand = {key: whole[key] for key in _SMALL if key in whole}
        self._keys = tuple(whole)
        encoded = json.dumps(whole, separators=(",", ":")).encode()
        self.size = len(encoded)
        self._packed = zlib.compress(encoded, level=1)

    def with_metadata(self, metadata: Mapping[str, Any]) -> Packed:
        """Return the same with other metadata, which takes as long as packing it did."""
        return Packed({**json.loads(self.encoded), "metadata": metadata})

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - a JSON value
        """Return one field."""
        if key in self._at_hand:
            return self._at_hand[key]
        return json.loads(self.encoded)[key]

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the fields."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Count the fields."""
        return len(self._keys)

    @property
    def encoded(self) -> bytes:
        """The whole as JSON."""
        return zlib.decompress(self._packed)

"""Ctrl-C, SIGTERM and a closed terminal end the demo the same way: with everything put away."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """Somebody wants the demo to end; ``exit_code`` is what shells expect then."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interruptions:
    """Raises the first signal as ``Interrupted``; later ones do not disturb the putting away."""

    def __init__(self) -> None:
        self._before: dict[int, signal._HANDLER] = {}
        self._over = False
        self._held = False
        self._pending: int | None = None

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._heard) for number in NUMBERS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is begun come to its end, so that nothing is started and not known."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._pending is not None:
            self._raise(self._pending)

    def close(self) -> None:
        """Hear nothing any more."""
        self._over = True

    def _heard(self, number: int, _: FrameType | None) -> None:
        if self._over:
            return
        if self._held:
            self._pending = number
        else:
            self._raise(number)

    def _raise(self, number: int) -> None:
        self._over = True
        raise Interrupted(number)

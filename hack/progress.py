"""Says what is going on, and for how long, while something takes minutes."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from typing import Self, TextIO


class Progress:
    """A live line on a terminal; elsewhere a plain line whenever ``plain_seconds`` have passed.

    Set ``doing`` as often as you like: showing it costs the caller nothing.
    """

    def __init__(
        self, doing: str, stream: TextIO | None = None, plain_seconds: float = 30.0
    ) -> None:
        self.doing = doing
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._every = 0.2 if self._live else plain_seconds
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._live:
            self._write("\r\x1b[2K")

    @property
    def elapsed(self) -> str:
        return duration(time.monotonic() - self._began)

    def _tick(self) -> None:
        while not self._ended.wait(self._every):
            line = f"  {self.elapsed:>6}  {self.doing}"
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\x1b[2K{line[:width]}" if self._live else f"{line}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def duration(seconds: float) -> str:
    """Return seconds as people say them, such as ``4m05s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"

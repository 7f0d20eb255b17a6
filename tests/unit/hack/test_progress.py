from __future__ import annotations

import io

import pytest

from hack.progress import Progress, duration
from tests.wait import blocking_until


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")


def test_rewrites_one_line_on_a_terminal_and_leaves_none() -> None:
    stream = Terminal()
    with Progress("compiling " + "x" * 80, stream):
        blocking_until(lambda: "compiling" in stream.getvalue(), 10, "it tells")
    written = stream.getvalue()
    assert "\n" not in written
    assert written.endswith("\r\x1b[2K")
    assert all(len(line) < 40 for line in written.split("\r\x1b[2K"))


def test_plain_lines_elsewhere_say_what_goes_on_now() -> None:
    stream = io.StringIO()
    with Progress("fetching", stream, plain_seconds=0.01) as progress:
        progress.doing = "compiling"
        blocking_until(lambda: "compiling" in stream.getvalue(), 10, "it tells")
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().endswith("compiling\n")


def test_nothing_is_written_about_what_is_quick() -> None:
    stream = io.StringIO()
    with Progress("blinking", stream):
        pass
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.4, "59s"), (59.6, "1m00s"), (245, "4m05s")]
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text

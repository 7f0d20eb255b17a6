from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from rhoai_operator import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("kopf", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    found = capsys.readouterr()
    assert found.out == ""
    return found.err.splitlines()


def test_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")

    extra = {"component": "web", "generation": 3, "duration": 0.5, "causes": ["a"]}
    logging.getLogger("x").warning("two\nlines", extra=extra)

    (line,) = map(json.loads, lines(capsys))
    assert line.pop("time")
    assert line == {"level": "WARNING", "logger": "x", "message": "two\nlines", **extra}


@pytest.mark.parametrize(
    ("extra", "end"),
    [
        pytest.param({}, "INFO    done", id="nothing-extra"),
        pytest.param({"component": "web", "causes": []}, "done  [component=web]", id="extra"),
    ],
)
def test_text_for_people(
    capsys: pytest.CaptureFixture[str], extra: dict[str, object], end: str
) -> None:
    logs.configure("info", "plain")

    logging.getLogger("x").info("done", extra=extra)

    (line,) = lines(capsys)
    assert line.endswith(end)


@pytest.mark.parametrize(
    ("level", "logger", "said"),
    [
        pytest.param("info", "x", True, id="as-severe"),
        pytest.param("warning", "x", False, id="less-severe"),
        pytest.param("info", "kopf.objects", False, id="noisy"),
        pytest.param("debug", "aiohttp.access", False, id="noisy-even-when-debugging"),
    ],
)
def test_what_is_said(
    capsys: pytest.CaptureFixture[str], level: str, logger: str, said: bool
) -> None:
    logs.configure(level, "plain")

    logging.getLogger(logger).info("done")

    assert bool(lines(capsys)) is said

"""How log lines look: one JSON object each for machines, or text for people."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

FIELDS = ("component", "generation", "duration", "causes")
"""Extra fields that lines of the engine carry; ``duration`` is in seconds."""

_NOISY = {"kopf": logging.WARNING, "aiohttp": logging.WARNING, "asyncio": logging.WARNING}


class PlainFormatter(logging.Formatter):
    """Time, level and message, then the extra fields that a line has."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """See ``logging.Formatter``."""
        found = {name: getattr(record, name, None) for name in FIELDS}
        extra = " ".join(f"{name}={value}" for name, value in found.items() if value)
        return f"{super().format(record)}{f'  [{extra}]' if extra else ''}"


def configure(level: str, style: str) -> None:
    """Set up logging of the whole process, to standard error.

    Args:
        style: ``json`` or ``plain``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json() if style == "json" else PlainFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(least, logging.getLogger().level))


def _json() -> logging.Formatter:
    return JsonFormatter(
        ["asctime", "levelname", "name", "message"],
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )

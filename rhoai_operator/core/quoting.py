"""Other people's words, made fit for a condition. Pure."""

from __future__ import annotations

import re
from typing import Any

QUOTE_LIMIT = 400
"""Characters quoted of one message: enough for what Pod Security says of one container."""

_REASON = re.compile(r"[A-Za-z](?:[A-Za-z0-9_,:]{0,126}[A-Za-z0-9_])?")


def quote(text: Any, limit: int = QUOTE_LIMIT) -> str:  # noqa: ANN401 - any JSON value
    """Return a message on one line, cut after ``limit`` characters; ``""`` if it is no text."""
    line = " ".join(text.split()) if isinstance(text, str) else ""
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def reason_word(text: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return ``text`` if it can be a condition's ``reason``, else ``""``.

    The API server refuses a whole status for one reason that is a sentence.
    """
    return text if isinstance(text, str) and _REASON.fullmatch(text) else ""


def said(by: Any, message: Any) -> str:  # noqa: ANN401 - any JSON values
    """Join a reason and its message as ``Reason: message``, whatever of them there is."""
    return ": ".join(filter(None, (quote(by), quote(message))))

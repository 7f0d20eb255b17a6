"""How to reach an API server, as configured at one time."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Credentials: TypeAlias = Callable[[], Awaitable[Mapping[str, str]]]
"""Gives the headers that say who we are, as they are now: tokens change."""


@dataclass(frozen=True, slots=True)
class Access:
    """Address, trust and identity.

    Attributes:
        server: base URL, without a slash at its end.
        tls: trusted authorities and client certificate.
        options: what else ``aiohttp.ClientRequest`` takes for every request: the proxy with its
            headers, and the name that the server's certificate has to bear.

    Raises:
        OSError, ValueError: by ``credentials``, when they cannot be had for now.
    """

    server: str
    tls: ssl.SSLContext
    credentials: Credentials = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


Load: TypeAlias = Callable[[], Awaitable[Access]]
"""Reads the configuration; raises ``ConfigurationError`` if it cannot be used."""

"""The operator's pod on this machine: the Deployment's own, on the image, on free ports of loopback."""

from __future__ import annotations

import os
import socket
import time
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hack.image.container import ACCOUNT, Container, account, api_server, specification
from hack.image.store import Image
from hack.packaging import operator_objects

PORTS = (
    "RHOAI_METRICS_BIND_ADDRESS",
    "RHOAI_HEALTH_PROBE_BIND_ADDRESS",
    "RHOAI_WEBHOOK_BIND_ADDRESS",
)


@dataclass(frozen=True, slots=True)
class Access:
    """What the operator's account needs to reach an API server; ``authority`` is PEM."""

    server: str
    authority: str
    token: str


class Pod:
    """A running one; ``env`` is added to what the Deployment says."""

    def __init__(
        self, image: Image, folder: Path, access: Access, env: Mapping[str, str] | None = None
    ) -> None:
        namespace = operator_objects.NAMESPACE
        own = account(folder / "account", access.token, access.authority, namespace)
        ports = _free_ports(len(PORTS))
        addresses = [f"127.0.0.1:{port}" for port in ports]
        variables = {
            **api_server(access.server),
            "RHOAI_OPERATOR_NAMESPACE": namespace,
            **dict(zip(PORTS, addresses, strict=True)),
            "RHOAI_WEBHOOK_SERVICE": f"https://localhost:{ports[2]}",  # Services lead nowhere here
            **(env or {}),
        }
        spec = operator_objects.deployment()["spec"]["template"]["spec"]
        self.log = folder / "log"
        self._ready = f"http://{addresses[1]}/readyz"
        self.container = Container(specification(image, spec, {ACCOUNT: own}, variables), self.log)

    @property
    def pid(self) -> int:
        """The number of its first process on this machine; 0 before it runs."""
        return self.container.pid

    def is_ready(self) -> bool:
        """Ask as the kubelet does.

        Raises:
            ImageError: it has ended.
        """
        self.container.expect_alive()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            opener.open(self._ready, timeout=5).close()
        except OSError:  # not there yet, or 503
            return False
        return True

    def began(self) -> float:
        """Return when its first process began, in seconds since the epoch, to 0.02 s."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        up = float(Path("/proc/uptime").read_text().split()[0])
        return time.time() - up + int(stat[19]) / os.sysconf("SC_CLK_TCK")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in found:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in found]

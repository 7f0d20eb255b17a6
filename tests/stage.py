"""A platform with the made-up components, and its operators behind a proxy that makes faults."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rhoai_operator.core.objects import ObjectRef
from tests.account import account
from tests.cluster import ControlPlane
from tests.kubeconfig import access
from tests.madeup import APIS, MadeUp, foreign_api
from tests.oracle import Oracle
from tests.proxy import Proxy
from tests.rest import Rest
from tests.running import Operator, View

QUICK_LEASE = {
    "RHOAI_LEASE_DURATION_SECONDS": "3",
    "RHOAI_LEASE_RENEW_DEADLINE_SECONDS": "2",
    "RHOAI_LEASE_RETRY_SECONDS": "0.5",
}
"""For who kills operators: the next one leads so much the sooner."""
RIGHT_SECONDS = 60.0
_ORDERLY = (0, -signal.SIGKILL)


@dataclass
class Stage:
    """See the module.

    Attributes:
        rest: the API server, past the proxy.
        env: what every operator is started with.
        folder: where operators' logs go.
    """

    view: View
    proxy: Proxy
    rest: Rest
    oracle: Oracle
    folder: Path
    env: Mapping[str, str]
    _operators: list[Operator] = field(default_factory=list)
    _started: int = 0

    def start(self, **env: str) -> Operator:
        """Start an operator that reaches the API server through the proxy."""
        self._started += 1
        log = self.folder / f"operator-{self._started}.log"
        kubeconfig = self.proxy.kubeconfig(self.folder / "kubeconfig")
        operator = Operator(kubeconfig, log, {**self.env, **env})
        self._operators.append(operator)
        operator.start()
        return operator

    @property
    def is_alive(self) -> bool:
        """Whether some operator lives."""
        return any(operator.is_alive for operator in self._operators)

    @property
    def operator(self) -> Operator:
        """The one that lives; it is started if there is none."""
        living = [operator for operator in self._operators if operator.is_alive]
        return living[-1] if living else self.start()

    def crashed(self) -> list[str]:
        """Return the last words of operators that ended of themselves since this was last asked."""
        ended = [operator for operator in self._operators if not operator.is_alive]
        self._operators[:] = [operator for operator in self._operators if operator.is_alive]
        return [o.log.read_text()[-2000:] for o in ended if o.wait(0) not in _ORDERLY]

    def forget(self, operator: Operator) -> None:
        """Let an operator that has ended be no concern any more."""
        self._operators.remove(operator)

    def clear(self) -> None:
        """Remove everything, by an operator's doing; all of it has to go."""
        self.proxy.lift()
        assert self.operator.is_alive
        self.view.clear()
        self.oracle.settle(RIGHT_SECONDS)

    def end(self) -> None:
        """End the operators, and take other people's kinds away."""
        for operator in self._operators:
            operator.end()
        for plural in APIS:
            self.rest.delete(ObjectRef.of(foreign_api(plural)))


@contextmanager
def set_up(
    control_plane: ControlPlane, made_up: MadeUp, folder: Path, seed: int = 0
) -> Iterator[Stage]:
    """Set a stage; ``seed`` decides which requests faults befall."""
    view, reached = installed(control_plane, made_up.crds), access(control_plane.kubeconfig)
    operators = account(control_plane, folder / "account", made_up.manifests)
    with closing(Rest(reached)) as rest, Proxy(access(operators), seed) as proxy:
        oracle, env = Oracle(rest, made_up.manifests), {**made_up.env, **QUICK_LEASE}
        stage = Stage(view, proxy, rest, oracle, folder, env)
        try:
            yield stage
        finally:
            stage.end()


def installed(control_plane: ControlPlane, crds: Path) -> View:
    """Install this operator's CRDs, whatever others were installed before."""
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(crds))
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(crds))
    return View(control_plane)

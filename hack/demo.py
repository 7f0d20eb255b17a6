"""Shows a DataScienceCluster become Ready: a cluster, the API, the operator, all components.

Everything it starts it stops again, on Ctrl-C as well. It exits with 0 only if all components are
Ready, or as they are expected to be on a cluster that serves less.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.live import Live

from hack import account, demo_cluster, openshift
from hack.control_plane import BuildError, NotReady, build
from hack.demo_cluster import Cluster, DemoError
from hack.demo_operator import NAMESPACE, ROOT, OperatorProcess
from hack.demo_signals import Interrupted, Interruptions
from hack.demo_view import Progress, Screen, conditions_table
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.loader import load_catalog

DEADLINE_SECONDS = 120.0
EVERY_SECONDS = 0.15
APPLICATIONS = "redhat-ods-applications"
ACCOUNT = "rhoai-operator-demo"


@dataclass(frozen=True, slots=True)
class Stage:
    """What every scene needs."""

    cluster: Cluster
    screen: Screen
    operator: OperatorProcess
    components: tuple[ComponentDefinition, ...]


def main() -> None:
    options = _parser().parse_args()
    try:
        with Interruptions() as interruptions:
            code = _play(options, interruptions)
    except Interrupted as signalled:
        print("\nStopped; nothing is left running.", file=sys.stderr)
        sys.exit(signalled.exit_code)
    except (BuildError, DemoError, NotReady) as error:
        sys.exit(f"The demo failed: {error}")
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m hack.demo", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--plain", action="store_true", help="without the stubs of OpenShift's kinds")
    text = "install this one only; may be given several times"
    add("--component", action="append", metavar="NAME", default=[], help=text)
    add("--kind", action="store_true", help="on a kind cluster, with real pods: docker and kind")
    add("--keep", action="store_true", help="stay up until Ctrl-C, to look around")
    add("--picture", type=Path, metavar="FILE", help="draw what was seen, as SVG")
    seconds = f"give up if they are not Ready after so long (default: {DEADLINE_SECONDS:.0f})"
    add("--deadline", type=float, metavar="SECONDS", default=DEADLINE_SECONDS, help=seconds)
    return parser


def _play(options: argparse.Namespace, interruptions: Interruptions) -> int:
    """Play all scenes and put everything away; return the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="rhoai-demo-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        screen = Screen(picture=bool(options.picture), hidden=folder)
        try:
            cluster = _cluster(options, stack, folder, screen, interruptions)
            if cluster.stand_ins and not cluster.lasting and not options.plain:
                _pretend(cluster, stack, screen)
            operator = _operator(cluster, stack, folder, screen)
            stage = Stage(cluster, screen, operator, _components(options.component))
            settled = _watch(stage, stack, options.deadline)
            if options.picture and settled:
                screen.draw(options.picture)
            if options.keep:
                _keep(stage)
            else:
                screen.console.print("\nLook around: make demo ARGS=--keep stays until Ctrl-C.")
        finally:
            interruptions.close()  # what follows puts everything away
    return 0 if settled else 1


def _cluster(
    options: argparse.Namespace,
    stack: ExitStack,
    folder: Path,
    screen: Screen,
    interruptions: Interruptions,
) -> Cluster:
    kubeconfig = demo_cluster.existing()
    binary = None if options.kind or kubeconfig else build()
    began = time.monotonic()
    if options.kind:
        cluster = stack.enter_context(demo_cluster.kind(folder))
    elif binary:
        with _waiting(screen, "starting a control plane: etcd, kube-apiserver, controllers"):
            cluster = stack.enter_context(demo_cluster.own(folder, binary, interruptions))
    else:
        assert kubeconfig
        cluster = demo_cluster.named(kubeconfig)
    _tell(screen, began, f"{cluster.what}: up")
    if cluster.stand_ins:
        screen.say(
            "          Its pods are stand-ins (kwok): they turn Ready, and no container runs."
        )
    began = time.monotonic()
    cluster.call("apply", "--server-side", "-f", str(ROOT / "crds"))
    cluster.call("wait", openshift.ESTABLISHED, "--timeout=30s", "-f", str(ROOT / "crds"))
    _tell(screen, began, "kubectl apply -f crds/: DataScienceCluster and DSCInitialization")
    if cluster.lasting and (found := cluster.call("get", "dsc,dsci", "-o", "name").split()):
        raise DemoError(f"that cluster has {' and '.join(found)} already, and the oldest rules")
    return cluster


def _pretend(cluster: Cluster, stack: ExitStack, screen: Screen) -> None:
    began = time.monotonic()
    openshift.install(cluster.kubectl)
    stack.enter_context(openshift.stand_ins(cluster.kubectl))
    _tell(screen, began, "OpenShift's kinds: served as stubs, so that nothing is left out")
    screen.say("          Nothing routes, logs in or builds. PLAIN=1 shows it without them.")


def _components(named: list[str]) -> tuple[ComponentDefinition, ...]:
    """Return what is shown: what the DSCInitialization brings, and components.

    Raises:
        DemoError: there is no component of a name.
    """
    catalog = load_catalog(ROOT / "manifests")
    ground = catalog.owned_by("DSCInitialization")
    known = [c for c in catalog.owned_by("DataScienceCluster") if c.name in catalog.available]
    if strangers := sorted(set(named) - {c.name for c in known}):
        names = ", ".join(c.name for c in known)
        raise DemoError(f"there is no component {strangers[0]}: one of {names}")
    return (*ground, *(c for c in known if c.name in named or not named))


def _asked(components: tuple[ComponentDefinition, ...]) -> str:
    """Return the two custom resources that ask for them."""
    own = (c.name for c in components if c.owner == "DataScienceCluster" and not c.shared_by)
    managed = {name: {"managementState": "Managed"} for name in own}
    dsci = {"applicationsNamespace": APPLICATIONS, "monitoring": {"managementState": "Managed"}}
    objects = (
        ("DSCInitialization", "dsci", dsci),
        ("DataScienceCluster", "dsc", {"components": managed}),
    )
    return "\n".join(
        json.dumps(
            {
                "apiVersion": f"{kind.lower()}.opendatahub.io/v1",
                "kind": kind,
                "metadata": {"name": f"default-{short}"},
                "spec": spec,
            }
        )
        for kind, short, spec in objects
    )


def _operator(cluster: Cluster, stack: ExitStack, folder: Path, screen: Screen) -> OperatorProcess:
    began = time.monotonic()
    kubeconfig = _account(cluster, stack, folder)
    operator = OperatorProcess(kubeconfig, folder / "operator.log")
    stack.callback(operator.stop)
    try:
        with _waiting(screen, "starting the operator"):
            operator.wait_ready()
    except DemoError as error:
        raise DemoError(f"{error}; the end of its log:\n{operator.last_words()}") from None
    _tell(screen, began, "rhoai-operator: ready")
    return operator


def _account(cluster: Cluster, stack: ExitStack, folder: Path) -> Path:
    """Let the operator do what its roles allow and no more; return its kubeconfig."""
    made = account.stream(account.objects(ACCOUNT, account.shipped()))
    cluster.call("apply", "--server-side", "-f", "-", stdin=made)
    if cluster.lasting:
        roles = [f"{kind}/{ACCOUNT}" for kind in ("clusterrole", "clusterrolebinding")]
        stack.callback(cluster.call, "delete", "--ignore-not-found", *roles)
    token = cluster.call(*account.token_request(ACCOUNT)).strip()
    return account.signed_in(cluster.kubeconfig, token, folder / "operator.kubeconfig")


def _watch(stage: Stage, stack: ExitStack, deadline: float) -> bool:
    """Ask for the components and show how they come on; tell whether they came to rest."""
    screen, cluster = stage.screen, stage.cluster
    if cluster.lasting:
        stack.callback(_take_away, cluster, screen)
    progress = Progress(stage.components)
    cluster.call("apply", "--server-side", "-f", "-", stdin=_asked(stage.components))
    asked = "a DSCInitialization, and a DataScienceCluster with all of these Managed"
    screen.say(f"\nkubectl apply: {asked}")
    try:
        _follow(stage, progress, deadline)
    except DemoError as error:
        screen.say(f"{error}", style="red")
    screen.say(progress.table())
    _conclude(stage, progress)
    return progress.settled


def _follow(stage: Stage, progress: Progress, deadline: float) -> None:
    """Look again and again until they came to rest.

    Raises:
        DemoError: the operator ended, or kubectl failed.
    """
    live = Live(progress.table(), console=stage.screen.console, auto_refresh=False, transient=True)
    with live if stage.screen.live else nullcontext():
        while not progress.settled and progress.seconds < deadline:
            stage.operator.expect_alive()
            for row in progress.take(_listed(stage.cluster)):
                if not stage.screen.live:
                    seconds, word = row.steps[-1]
                    stage.screen.console.print(f"{seconds:6.1f} s  {row.name}: {word}")
            if stage.screen.live:
                live.update(progress.table(), refresh=True)
            time.sleep(EVERY_SECONDS)


def _listed(cluster: Cluster) -> str:
    return cluster.call("get", "dsc,dsci,configmaps", "-n", NAMESPACE, "-o", "json")


def _conclude(stage: Stage, progress: Progress) -> None:
    screen = stage.screen
    screen.say("\n$ kubectl get dsc", style="bold")
    screen.say(stage.cluster.call("get", "dsc").rstrip())
    screen.say("\nIts conditions:", style="bold")
    screen.say(conditions_table(progress.conditions))
    if progress.ready:
        screen.say(f"\nReady {progress.seconds:.1f} s after kubectl apply.", style="bold green")
        return
    if progress.settled:
        text = "they are as expected where a cluster serves no more; each says its reason"
        screen.say(f"\n{progress.seconds:.1f} s after kubectl apply {text}.", style="bold green")
        return
    screen.say(f"\nNot Ready after {progress.seconds:.1f} s.", style="bold red")
    screen.say("The end of the operator's log:", style="bold")
    screen.say(stage.operator.last_words())


def _keep(stage: Stage) -> None:
    kubectl = " ".join(stage.cluster.kubectl)
    for line in (
        "\nLook around:",
        f"  export KUBECONFIG={stage.cluster.kubeconfig}",
        f"  {kubectl} get dsc default-dsc -o yaml",
        f"  {kubectl} get all -n {APPLICATIONS}",
        f"  {kubectl} get events.events.k8s.io",
        f"  {kubectl} edit dsc default-dsc",
        f"  curl {stage.operator.metrics_url}",
        f"  tail -f {stage.operator.log}",
        "It runs until Ctrl-C.",
    ):
        stage.screen.console.print(line, soft_wrap=True)
    try:
        while True:
            stage.operator.expect_alive()
            time.sleep(1.0)
    except Interrupted as signalled:
        if signalled.exit_code != 128 + signal.SIGINT:
            raise


def _take_away(cluster: Cluster, screen: Screen) -> None:
    """Delete what was asked for, while the operator still runs; CRDs and namespaces stay."""
    with _waiting(screen, "deleting the DataScienceCluster and the DSCInitialization"):
        cluster.call("delete", "--ignore-not-found", "--timeout=50s", "dsc/default-dsc")
        cluster.call("delete", "--ignore-not-found", "--timeout=50s", "dsci/default-dsci")


def _waiting(screen: Screen, text: str) -> AbstractContextManager[object]:
    return screen.console.status(text) if screen.live else nullcontext()


def _tell(screen: Screen, began: float, text: str) -> None:
    screen.say(f"{time.monotonic() - began:6.1f} s  {text}")


if __name__ == "__main__":
    main()

"""OpenShift's kinds as stubs, and stand-ins for who answers behind them.

Enough to see every component installed where there is no OpenShift, and no more: nothing routes,
logs in or builds. ``python -m hack.openshift KUBECTL`` serves them until it is ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import IO, Any, NamedTuple, TypeAlias

from rhoai_operator.reconcile.certificates.pki import Pair, issue, make_authority

Object: TypeAlias = Mapping[str, Any]
Kubectl: TypeAlias = tuple[str, ...]
"""The command that talks to the cluster, and its first arguments."""

DOMAIN = "apps.example.com"
ESTABLISHED = '--for=jsonpath={.status.conditions[?(@.type=="Established")].status}=True'
"""For ``kubectl wait``; unlike ``condition=`` it waits for the status of one that has none yet."""
ESTABLISHED_SECONDS = 30
_YEAR = timedelta(days=365)
_SERVING = "service.beta.openshift.io/serving-cert-secret-name"
_INJECT = "service.beta.openshift.io/inject-cabundle"


class Stub(NamedTuple):
    """A kind that a stub CRD serves, whatever its fields are."""

    kind: str
    plural: str
    api_version: str
    namespaced: bool = True


STUBS = (
    Stub("Route", "routes", "route.openshift.io/v1"),
    Stub("ImageStream", "imagestreams", "image.openshift.io/v1"),
    Stub("BuildConfig", "buildconfigs", "build.openshift.io/v1"),
    Stub("Template", "templates", "template.openshift.io/v1"),
    Stub("ServiceMonitor", "servicemonitors", "monitoring.coreos.com/v1"),
    Stub("PodMonitor", "podmonitors", "monitoring.coreos.com/v1"),
    Stub("PrometheusRule", "prometheusrules", "monitoring.coreos.com/v1"),
    Stub("OAuthClient", "oauthclients", "oauth.openshift.io/v1", namespaced=False),
    Stub("ConsoleLink", "consolelinks", "console.openshift.io/v1", namespaced=False),
    Stub("Group", "groups", "user.openshift.io/v1", namespaced=False),
    Stub("User", "users", "user.openshift.io/v1", namespaced=False),
    Stub("Ingress", "ingresses", "config.openshift.io/v1", namespaced=False),
    Stub("Authentication", "authentications", "config.openshift.io/v1", namespaced=False),
    Stub("CatalogSource", "catalogsources", "operators.coreos.com/v1alpha1"),
    Stub("OperatorCondition", "operatorconditions", "operators.coreos.com/v2"),
    Stub("ServiceCA", "servicecas", "operator.openshift.io/v1", namespaced=False),
    Stub(
        "SecurityContextConstraints",
        "securitycontextconstraints",
        "security.openshift.io/v1",
        namespaced=False,
    ),
)
_SETTINGS = (
    {
        "apiVersion": "config.openshift.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "cluster"},
        "spec": {"domain": DOMAIN},
    },
    {
        "apiVersion": "config.openshift.io/v1",
        "kind": "Authentication",
        "metadata": {"name": "cluster"},
        "spec": {"type": ""},
    },
)


def definition(stub: Stub) -> Object:
    """Return the CRD that serves a stub."""
    group, _, version = stub.api_version.partition("/")
    names = {"kind": stub.kind, "plural": stub.plural, "singular": stub.kind.lower()}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": version, "served": True, "storage": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{stub.plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, a stub"},
        },
        "spec": {
            "group": group,
            "names": {**names, "listKind": f"{stub.kind}List"},
            "scope": "Namespaced" if stub.namespaced else "Cluster",
            "versions": [{**served, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def install(kubectl: Kubectl) -> None:
    """Serve the stubs, and say what a cluster's settings say."""
    crds = list(map(definition, STUBS))
    names = [f"crd/{crd['metadata']['name']}" for crd in crds]
    _call(kubectl, "apply", "--server-side", "-f", "-", stdin=_stream(crds))
    _call(kubectl, "wait", ESTABLISHED, f"--timeout={ESTABLISHED_SECONDS}s", *names)
    _call(kubectl, "apply", "--server-side", "-f", "-", stdin=_stream(_SETTINGS))


def remove(kubectl: Kubectl) -> None:
    """Take the stubs away, with all that is of their kinds."""
    names = [f"{stub.plural}.{stub.api_version.partition('/')[0]}" for stub in STUBS]
    _call(kubectl, "delete", "crd", "--ignore-not-found", *names)


@contextmanager
def stand_ins(kubectl: Kubectl) -> Iterator[None]:
    """Have Routes admitted, serving certificates made and their authority's trust spread."""
    authority = make_authority("stand-in for service-ca", _YEAR, datetime.now(UTC))
    works: Mapping[str, Callable[[Object], None]] = {
        "routes": lambda route: _admit(kubectl, route),
        "services": lambda service: _certify(kubectl, service, authority),
        "validatingwebhookconfigurations": lambda live: _trust(kubectl, live, authority),
        "mutatingwebhookconfigurations": lambda live: _trust(kubectl, live, authority),
    }
    watches = [_watch(kubectl, plural) for plural in works]
    threads = [
        threading.Thread(target=_serve, args=(watch.stdout, work), daemon=True)
        for watch, work in zip(watches, works.values(), strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for watch, thread in zip(watches, threads, strict=True):
            watch.kill()
            thread.join()
            watch.communicate()


def _watch(kubectl: Kubectl, plural: str) -> subprocess.Popen[str]:
    command = [*kubectl, "get", plural, "--all-namespaces", "--watch", "-o", "json"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
        start_new_session=True,  # a Ctrl-C is for who has started it
    )


def _serve(stream: IO[str] | None, work: Callable[[Object], None]) -> None:
    """Do the work for each object of a stream; what is gone meanwhile is none of our business."""
    for live in _objects(stream or ()):
        try:
            work(live)
        except subprocess.CalledProcessError as error:
            print(f"stand-in: {error.stderr.strip()}", file=sys.stderr)


def _objects(lines: Iterable[str]) -> Iterator[Object]:
    """Decode pretty JSON, object by object: each ends with a brace at the line's beginning."""
    text = ""
    for line in lines:
        text += line
        if line.startswith("}"):
            yield json.loads(text)
            text = ""


def _admit(kubectl: Kubectl, route: Object) -> None:
    metadata, spec = route["metadata"], route.get("spec") or {}
    host = spec.get("host") or f"{metadata['name']}-{metadata['namespace']}.{DOMAIN}"
    ingress = [{"host": host, "conditions": [{"type": "Admitted", "status": "True"}]}]
    if (route.get("status") or {}).get("ingress") != ingress:
        _merge(kubectl, "route", route, {"status": {"ingress": ingress}})


def _certify(kubectl: Kubectl, service: Object, authority: Pair) -> None:
    metadata = service["metadata"]
    annotations = metadata.get("annotations") or {}
    name = annotations.get(_SERVING)
    if not name:
        return
    host = f"{metadata['name']}.{metadata['namespace']}.svc"
    pair = issue(authority, (host, f"{host}.cluster.local"), _YEAR, datetime.now(UTC))
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": metadata["namespace"]},
        "type": "kubernetes.io/tls",
        "data": {"tls.crt": pair.encoded, "tls.key": pair.encoded_key},
    }
    _call(kubectl, "create", "-f", "-", stdin=json.dumps(secret), allow="AlreadyExists")


def _trust(kubectl: Kubectl, live: Object, authority: Pair) -> None:
    if (live["metadata"].get("annotations") or {}).get(_INJECT) != "true":
        return
    bundle = authority.encoded
    configs = [webhook.get("clientConfig") or {} for webhook in live.get("webhooks") or ()]
    patch = [
        {"op": "add", "path": f"/webhooks/{i}/clientConfig/caBundle", "value": bundle}
        for i, config in enumerate(configs)
        if config.get("caBundle") != bundle
    ]
    if patch:
        kind, name = live["kind"].lower(), live["metadata"]["name"]
        _call(kubectl, "patch", kind, name, "--type=json", "-p", json.dumps(patch))


def _merge(kubectl: Kubectl, kind: str, live: Object, patch: Object) -> None:
    place = ["-n", live["metadata"]["namespace"]]
    name = live["metadata"]["name"]
    _call(kubectl, "patch", kind, name, *place, "--type=merge", "-p", json.dumps(patch))


def _stream(objects: Iterable[Object]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


def _call(kubectl: Kubectl, *args: str, stdin: str | None = None, allow: str = "") -> None:
    """Call kubectl.

    Raises:
        subprocess.CalledProcessError: it failed otherwise than by saying ``allow``.
    """
    done = subprocess.run(
        [*kubectl, *args], input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode and not (allow and allow in done.stderr):
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)


def main() -> None:
    kubectl = tuple(sys.argv[1:]) or ("kubectl",)
    install(kubectl)
    with stand_ins(kubectl):
        print("OpenShift's kinds are served, as stubs; Ctrl-C ends their stand-ins.")
        threading.Event().wait()


if __name__ == "__main__":
    main()

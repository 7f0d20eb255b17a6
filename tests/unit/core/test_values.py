"""Values are read off live objects, defaults fill in, Secrets are decoded and kept out of logs."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from rhoai_operator.core.hidden import GENERATED
from rhoai_operator.core.objects import Manifest, ObjectRef
from rhoai_operator.core.policies import ApiKind
from rhoai_operator.core.values import (
    ABSENT,
    ComputedValue,
    ListedKind,
    ObjectValue,
    ServedValue,
    Value,
    read_value,
    read_values,
)
from tests.manifests import an

INGRESS = ObjectRef("config.example.com", "Ingress", "", "cluster", "v1")
SECRET = ObjectRef("", "Secret", "ns", "cert", "v1")
WIDGET = ApiKind("widgets.example.com", "v1", "Widget")


def live(ref: ObjectRef, **fields: Any) -> Manifest:
    metadata = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, **fields}


def encoded(text: bytes) -> str:
    return b64encode(text).decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(("spec", "domain"), "example.com", id="a-field"),
        pytest.param(("spec", "hosts", "1", "name"), "b", id="in-a-list"),
        pytest.param(("spec", "hosts", "2", "name"), ABSENT, id="past-the-end"),
        pytest.param(("spec", "hosts", "name"), ABSENT, id="no-index"),
        pytest.param(("spec", "a.b"), 1, id="a-key-with-a-dot"),
        pytest.param(("spec", "off"), False, id="false-is-a-value"),
        pytest.param(("spec", "none"), ABSENT, id="null-is-none"),
        pytest.param(("spec", "domain", "x"), ABSENT, id="below-text"),
        pytest.param(("spec", "domain", "0"), ABSENT, id="letters-are-no-items"),
        pytest.param(("status",), ABSENT, id="no-such-field"),
    ],
)
def test_paths(path: tuple[str, ...], expected: object) -> None:
    hosts = [{"name": "a"}, {"name": "b"}]
    spec = {"domain": "example.com", "hosts": hosts, "a.b": 1, "off": False, "none": None}
    assert read_value(ObjectValue("x", INGRESS, path), live(INGRESS, spec=spec)) == expected


@pytest.mark.parametrize("default", [None, "", {"a": 1}])
def test_a_default_fills_in(default: object) -> None:
    value = ObjectValue("x", INGRESS, ("spec", "domain"), default)
    assert read_value(value, None) == default
    assert read_value(value, live(INGRESS)) == default
    assert read_value(value, live(INGRESS, spec={"domain": "d"})) == "d"


def test_a_secret_is_decoded_and_hidden() -> None:
    secret = live(SECRET, data={"tls.crt": encoded(b"PEM"), "bin": encoded(b"\xff")})

    found = read_value(ObjectValue("x", SECRET, ("data", "tls.crt")), secret)

    assert (found, repr(found)) == ("PEM", GENERATED)
    assert read_value(ObjectValue("x", SECRET, ("data", "bin")), secret) is ABSENT
    assert read_value(ObjectValue("x", SECRET, ("data", "none")), secret) is ABSENT
    assert read_value(ObjectValue("x", SECRET, ("data",)), secret) == {"tls.crt": "PEM"}
    assert read_value(ObjectValue("x", SECRET, ("metadata", "name")), secret) == "cert"


def test_those_that_are_there_by_name() -> None:
    pods = ListedKind(ApiKind("", "v1", "Pod"), (("spec",),))
    values = (
        ObjectValue("domain", INGRESS, ("spec", "domain")),
        ObjectValue("port", INGRESS, ("spec", "port"), 80),
        ObjectValue("crt", SECRET, ("data", "tls.crt")),
        ServedValue("widgets", WIDGET),
        ServedValue("gizmos", ApiKind("", "v1", "Gizmo")),
        ComputedValue("count", (pods, pods), lambda *lists: [len(found) for found in lists]),
    )
    ingress = live(INGRESS, spec={"domain": "d"})

    named = {pods: (an("Pod", "a"), an("Pod", "b"))}
    served = {("widgets.example.com", "v1", "Widget")}

    found = read_values(values, {INGRESS: ingress}.get, named.__getitem__, served)

    assert found == {
        "domain": "d",
        "port": 80,
        "widgets": True,
        "gizmos": False,
        "count": [2, 2],
    }


@pytest.mark.parametrize(
    ("value", "expected", "plain"),
    [
        (ObjectValue("x", INGRESS, ("a.b", "c")), "<a\\.b.c of Ingress cluster>", None),
        (ObjectValue("x", INGRESS, ("a",), None), None, None),
        (ObjectValue("x", INGRESS, ("a",), 1), 1, 1),
        (ObjectValue("x", INGRESS, ("a",), ""), "<a of Ingress cluster>", ""),
        (ServedValue("x", WIDGET), True, False),
        (ComputedValue("x", (ListedKind(WIDGET, ()),), len), 0, 0),
    ],
)
def test_placeholders(value: Value, expected: object, plain: object) -> None:
    assert value.placeholder() == expected
    assert value.placeholder(plain=True) == (expected if plain is None else plain)


def test_a_value_says_what_it_is() -> None:
    text = str(ObjectValue("x", INGRESS, ("spec", "domain")))
    assert text == "spec.domain of Ingress cluster (config.example.com/v1)"

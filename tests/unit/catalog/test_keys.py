from __future__ import annotations

import pytest

from rhoai_operator.catalog.keys import api_kind, optional_kind, path_of
from rhoai_operator.core.policies import ApiKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Widget.v1.widgets.example.com", ApiKind("widgets.example.com", "v1", "Widget")),
        ("Widget.v1beta2.example", ApiKind("example", "v1beta2", "Widget")),
        ("Pod.v1", ApiKind("", "v1", "Pod")),
    ],
)
def test_kinds(text: str, kind: ApiKind) -> None:
    assert api_kind(text) == optional_kind(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Widget",
        "widget.v1",
        "Widget.example.com",
        "Widget.v1.",
        "Widget.v1.Example",
        "widgets.x",
        "",
    ],
)
def test_what_is_no_kind(text: str) -> None:
    with pytest.raises(ValueError, match="is no kind: write Kind"):
        api_kind(text)


def test_a_kind_alone_is_of_any_group() -> None:
    assert optional_kind("Route") == ApiKind("", "", "Route")
    with pytest.raises(ValueError, match="is no kind"):
        optional_kind("route")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.domain", ("spec", "domain")),
        ("status.hosts.0", ("status", "hosts", "0")),
        (r"data.tls\.crt", ("data", "tls.crt")),
        ("data", ("data",)),
        (r"a\.b\.c.d", ("a.b.c", "d")),
    ],
)
def test_paths(text: str, path: tuple[str, ...]) -> None:
    assert path_of(text) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        path_of(text)

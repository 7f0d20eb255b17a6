from __future__ import annotations

from hack.packaging.bundle_check import differences, explained, faults, findings


def warning(message: str) -> dict[str, str]:
    return {"type": "warning", "message": f"Warning: Value it.v1.2.3: {message}"}


def test_what_differs_from_run_to_run_is_left_out() -> None:
    one = warning('migrate b: (["Rules[2]"]),a: (["Rules[1]","Rules[7]"]),')
    other = warning('migrate a: (["Rules[3]"]),b: (["Rules[4]"]),')

    assert findings([one, other]) == [("warning", "migrate a, b")]


def test_an_explained_warning_is_no_fault() -> None:
    assert list(faults([("warning", "it is large")], {"it is large": "it has to be"})) == []


def test_an_unexplained_warning_is_a_fault() -> None:
    assert list(faults([("warning", "it is red")], {})) == ["operator-sdk: warning: it is red"]


def test_an_error_is_a_fault_whoever_explains_it() -> None:
    assert list(faults([("error", "it is large")], {"it is large": "so what"})) == [
        "operator-sdk: error: it is large",
        "bundle_warnings.yaml explains what operator-sdk does not say any more: it is large",
    ]


def test_an_entry_that_is_not_the_bundles_is_told_by_field() -> None:
    assert differences({"image": "a", "name": "x"}, {"image": "b", "name": "x", "c": 1}) == [
        "c",
        "image",
    ]


def test_explanations_are_as_they_are_compared() -> None:
    assert findings(warning(message) for message in explained()) == [
        ("warning", message) for message in sorted(explained())
    ]

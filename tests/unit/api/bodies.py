"""Bodies that no API server would hand out, and some that one would."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

quickly = settings(max_examples=50, deadline=None)
"""A busy machine is no fault of what is tested."""

_KEYS = st.one_of(
    st.sampled_from(
        [
            "managementState",
            "devFlags",
            "manifests",
            "uri",
            "monitoring",
            "metrics",
            "traces",
            "storage",
            "namespace",
            "applicationsNamespace",
            "serviceMesh",
            "trustedCABundle",
            "creationTimestamp",
            "finalizers",
            "annotations",
            "generation",
            "model_config",
            "management_state",
        ]
    ),
    st.text(max_size=5),
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=10),
    st.sampled_from(["Managed", "Removed", "Force", "", "2024-11-05T08:00:00Z", "opendatahub"]),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=15,
)
OBJECTS = st.dictionaries(_KEYS, JSON, max_size=4)


def bodies(spec: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(OBJECTS, st.fixed_dictionaries({}, optional={"metadata": JSON, "spec": spec}))

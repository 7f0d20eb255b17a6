"""From the keys of ``component.yaml`` to the values that the engine takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhoai_operator.catalog.certificates import certificates_of
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.keys import (
    ConfigKey,
    ObjectKey,
    RolloutKey,
    api_kind,
    optional_kind,
    path_of,
)
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.recipes import recipes
from rhoai_operator.core.certificates import NEEDED, Certificate
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.policies import ApiKind, Named, Policies, Rollout
from rhoai_operator.core.values import ABSENT, ObjectValue, ServedValue, Value


def policies_of(definition: ComponentDefinition, platform: str, namespaces: Namespaces) -> Policies:
    """Return what a component says for itself; what is shared is the planner's to add.

    Args:
        platform: its id.
    """
    certificates = certificates_of(definition.certificates)
    return Policies(
        label=definition.label_on(platform),
        namespace=namespaces.applications,
        requires=definition.requires,
        needs_apis=frozenset(map(api_kind, definition.needs_apis)) | _issuers(certificates),
        created_once=named(definition.created_once),
        merged=frozenset(Named("ConfigMap", name) for name in definition.merged_config_maps),
        secrets=recipes(definition.secrets),
        optional_kinds=frozenset(map(optional_kind, definition.optional_kinds)),
        rollouts=tuple(map(_rollout, definition.rollouts)),
        certificates=certificates,
        retired=tuple(
            _ref(item.api_version, item.kind, namespaces.named(item.namespace), item.name)
            for item in definition.retired
        ),
    )


def _issuers(certificates: Iterable[Certificate]) -> frozenset[ApiKind]:
    """Return what is served where the issuers are that the component insists on."""
    wanted = {certificate.issuer for certificate in certificates}
    return frozenset(ApiKind(*api) for issuer, api in NEEDED.items() if issuer in wanted)


def named(objects: Iterable[ObjectKey | ConfigKey]) -> frozenset[Named]:
    """Return the objects as the engine names them."""
    return frozenset(Named(item.kind, item.name) for item in objects)


def values_of(
    definition: ComponentDefinition, namespaces: Namespaces, prefix: str = ""
) -> Iterator[Value]:
    """Go through what a component reads from the cluster.

    Args:
        prefix: comes before each name.
    """
    for name, value in definition.values.items():
        if value.serves:
            yield ServedValue(prefix + name, api_kind(value.serves))
        else:
            namespace = namespaces.named(value.namespace)
            ref = _ref(value.api_version, value.kind, namespace, value.name)
            default = value.default if value.has_default else ABSENT
            yield ObjectValue(prefix + name, ref, path_of(value.path), default)


def _rollout(key: RolloutKey) -> Rollout:
    configs = tuple(Named(config.kind, config.name) for config in key.configs)
    return Rollout(Named(key.kind, key.name), configs)


def _ref(api_version: str, kind: str, namespace: str, name: str) -> ObjectRef:
    group, _, version = api_version.rpartition("/")
    return ObjectRef(group, kind, namespace, name, version)

"""From the keys of ``component.yaml`` to the values that the engine takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhoai_operator.catalog.certificates import certificates_of
from rhoai_operator.catalog.definition import ComponentDefinition
from rhoai_operator.catalog.hooks import HOOKS
from rhoai_operator.catalog.keys import (
    ConfigKey,
    ListKey,
    ObjectKey,
    RolloutKey,
    api_kind,
    optional_kind,
    path_of,
)
from rhoai_operator.catalog.namespaces import Namespaces
from rhoai_operator.catalog.recipes import entry_of, recipes
from rhoai_operator.core.certificates import NEEDED, Certificate
from rhoai_operator.core.objects import ObjectRef
from rhoai_operator.core.policies import ApiKind, Foreign, Named, Policies, Rollout, SecretField
from rhoai_operator.core.values import (
    ABSENT,
    ComputedValue,
    ListedKind,
    ObjectValue,
    ServedValue,
    Value,
)


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
        until_edited=definition.until_edited,
        merged=frozenset(Named("ConfigMap", name) for name in definition.merged_config_maps),
        secrets=recipes(definition.secrets),
        secret_fields=tuple(
            SecretField(
                Named(field.kind, field.name),
                path_of(field.path),
                entry_of(field.value, definition.secrets),
            )
            for field in definition.secret_fields
        ),
        foreign={Named(f.kind, f.name): Foreign(f.reason, f.message) for f in definition.foreign},
        optional_kinds=frozenset(map(optional_kind, definition.optional_kinds)),
        rollouts=tuple(map(_rollout, definition.rollouts)),
        certificates=certificates,
        single=named(definition.single_replica),
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
        elif value.hook:
            yield ComputedValue(prefix + name, tuple(map(_listed, value.lists)), HOOKS[value.hook])
        else:
            namespace = namespaces.named(value.namespace)
            ref = _ref(value.api_version, value.kind, namespace, value.name)
            default = value.default if value.has_default else ABSENT
            yield ObjectValue(prefix + name, ref, path_of(value.path), default)


def _listed(key: ListKey) -> ListedKind:
    return ListedKind(api_kind(key.kind), tuple(map(path_of, key.keep)))


def _rollout(key: RolloutKey) -> Rollout:
    configs = tuple(Named(config.kind, config.name) for config in key.configs)
    return Rollout(Named(key.kind, key.name), configs)


def _ref(api_version: str, kind: str, namespace: str, name: str) -> ObjectRef:
    group, _, version = api_version.rpartition("/")
    return ObjectRef(group, kind, namespace, name, version)

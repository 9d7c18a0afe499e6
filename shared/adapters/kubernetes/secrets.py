"""Secrets: what is read of one (owners and digests, never values), and the bodies of our writes."""

import base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from shared.domain.serving.place_observation import FieldOwner, SecretSnapshot
from shared.domain.serving.secret_ownership import OUR_MANAGERS
from shared.domain.serving.tls_secret import SecretApply, digest

DATA_FIELDS = ("f:data", "f:stringData")
"""Where managedFields claim keys: a manager that applied `stringData` is recorded there, though `data` holds it."""

MINIMAL_CLAIM = {
    "manager": "relaykeeper",
    "operation": "Update",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:type": {}},
}
"""A claim that never conflicts. It replaces an empty list: for an object without any claim, our next apply would make
the API server attribute every field to `before-first-apply`, and conflict with that."""


def read_secret(secret: Mapping[str, Any]) -> SecretSnapshot:
    """Read a v1 Secret."""
    metadata = secret["metadata"]
    return SecretSnapshot(
        resource_version=metadata["resourceVersion"],
        type=secret["type"],
        immutable=secret.get("immutable", False),
        annotations=metadata.get("annotations", {}),
        digests={key: digest(base64.b64decode(value)) for key, value in secret.get("data", {}).items()},
        owners=field_owners(metadata.get("managedFields", ()), data_keys),
        controllers=tuple(f"{owner['kind']}/{owner['name']}" for owner in metadata.get("ownerReferences", ())),
        annotators=field_owners(metadata.get("managedFields", ()), our_annotations),
    )


def field_owners(
    entries: Iterable[Mapping[str, Any]], keys: Callable[[Mapping[str, Any]], Iterable[str]]
) -> dict[str, tuple[FieldOwner, ...]]:
    """Return who manages each of the `keys` that the entries' fields contain, in the entries' order.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    found: dict[str, tuple[FieldOwner, ...]] = {}
    for entry in entries:
        owner = FieldOwner(entry.get("manager", ""), entry.get("operation") == "Apply")
        for key in keys(entry.get("fieldsV1", {})):
            found[key] = (*found.get(key, ()), owner)
    return found


def data_keys(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the data keys in one entry's fields, without `.`, which stands for the map itself."""
    for data in DATA_FIELDS:
        yield from (field.removeprefix("f:") for field in fields.get(data, {}) if field != ".")


def our_annotations(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield Relaykeeper's annotations in one entry's fields."""
    annotations = fields.get("f:metadata", {}).get("f:annotations", {})
    yield from (field.removeprefix("f:") for field in annotations if field.startswith(f"f:{OUR_MANAGERS}"))


def apply_body(part: SecretApply) -> dict[str, Any]:
    """Return the configuration to apply: everything that one certificate owns in the Secret, and nothing else."""
    metadata: dict[str, Any] = {"name": part.name, "namespace": part.namespace, "annotations": dict(part.annotations)}
    if part.resource_version is not None:
        metadata["resourceVersion"] = part.resource_version
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": part.type,
        "data": {file: base64.b64encode(content).decode() for file, content in part.files.items()},
    }


def drop_managers_patch(metadata: Mapping[str, Any], managers: Collection[str]) -> list[dict[str, Any]]:
    """Return a JSON patch that drops these field managers' claims, if the object is still the one that was read.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields
    """
    remaining = [entry for entry in metadata["managedFields"] if entry["manager"] not in managers]
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": remaining or [MINIMAL_CLAIM]},
    ]

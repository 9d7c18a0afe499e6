"""A Secret as the workflows see it: whose it is and what its values hash to, never the values."""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shared.domain.ownership import OURS
from shared.domain.places import FieldOwner, SecretSeen
from shared.domain.secret_part import digest

DATA = ("f:data", "f:stringData")
"""Where managedFields claim keys: one who applied `stringData` is recorded so, though the values went to `data`."""


def secret_seen(secret: Mapping[str, Any]) -> SecretSeen:
    """Read a v1 Secret."""
    metadata = secret["metadata"]
    return SecretSeen(
        resource_version=metadata["resourceVersion"],
        type=secret["type"],
        immutable=secret.get("immutable", False),
        annotations=metadata.get("annotations", {}),
        digests={key: digest(base64.b64decode(value)) for key, value in secret.get("data", {}).items()},
        owners=owners(metadata.get("managedFields", ()), data_keys),
        controllers=tuple(f"{owner['kind']}/{owner['name']}" for owner in metadata.get("ownerReferences", ())),
        annotators=owners(metadata.get("managedFields", ()), our_annotations),
    )


def owners(
    entries: Iterable[Mapping[str, Any]], claimed: Callable[[Mapping[str, Any]], Iterable[str]]
) -> dict[str, tuple[FieldOwner, ...]]:
    """Return who manages what `claimed` finds in each entry's fields, in the entries' order.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    found: dict[str, tuple[FieldOwner, ...]] = {}
    for entry in entries:
        owner = FieldOwner(entry.get("manager", ""), entry.get("operation") == "Apply")
        for key in claimed(entry.get("fieldsV1", {})):
            found[key] = (*found.get(key, ()), owner)
    return found


def data_keys(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the data keys in one entry's fields; `.` stands for the map itself, which gives no key away."""
    for data in DATA:
        yield from (field.removeprefix("f:") for field in fields.get(data, {}) if field != ".")


def our_annotations(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the annotations of ours in one entry's fields."""
    annotations = fields.get("f:metadata", {}).get("f:annotations", {})
    yield from (field.removeprefix("f:") for field in annotations if field.startswith(f"f:{OURS}"))

"""The bodies of our writes."""

import base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from shared.domain.secret_part import SecretPart

RESTARTED_FOR = "relaykeeper/restarted-for"

NOT_NOTHING = {
    "manager": "relaykeeper",
    "operation": "Update",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:type": {}},
}
"""A claim that never conflicts, in place of none: an object that nobody claims anything of would be claimed whole by
`before-first-apply` at our next apply, against us."""


def secret_part(part: SecretPart) -> dict[str, Any]:
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


def without_claims(metadata: Mapping[str, Any], owners: Collection[str]) -> list[dict[str, Any]]:
    """Return a JSON patch that drops these field managers' claims, if the object is still the one that was read.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields
    """
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": remaining(metadata["managedFields"], owners)},
    ]


def remaining(entries: Iterable[Mapping[str, Any]], owners: Collection[str]) -> list[Mapping[str, Any]]:
    """Return the entries of other managers; there is always one."""
    return [entry for entry in entries if entry["manager"] not in owners] or [NOT_NOTHING]


def restarted_template(cause: str) -> dict[str, Any]:
    """Return the strategic merge patch that rolls a workload's pods, unless `cause` is there already."""
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_FOR: cause}}}}}

"""What is read of a Secret: whose it is and what its values hash to, never the values."""

import base64
import hashlib
from typing import Any

from shared.adapters.kubernetes.secrets import read_secret
from shared.domain.serving.place_observation import FieldOwner

KEY = b"-----BEGIN PRIVATE KEY-----"


def entry(manager: str, operation: str, **fields: Any) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "fieldsV1": {f"f:{name}": each for name, each in fields.items()},
    }


def secret(*managed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    metadata = {"name": "relay-tls", "resourceVersion": "7", "managedFields": list(managed)}
    data = {"tls.key": base64.b64encode(KEY).decode()}
    return {"metadata": metadata, "type": "Opaque", "data": data} | fields


def test_values_stay_behind() -> None:
    seen = read_secret(secret())

    assert seen.digests == {"tls.key": hashlib.sha256(KEY).hexdigest()}
    assert "PRIVATE" not in repr(seen)
    assert base64.b64encode(KEY).decode() not in repr(seen)


def test_each_key_has_its_managers() -> None:
    ours = entry("relaykeeper/certificate.a", "Apply", data={"f:tls.key": {}, "f:tls.crt": {}}, type={})
    hand = entry("kubectl-edit", "Update", data={".": {}, "f:tls.crt": {}})

    assert read_secret(secret(ours, hand)).owners == {
        "tls.key": (FieldOwner("relaykeeper/certificate.a", applied=True),),
        "tls.crt": (FieldOwner("relaykeeper/certificate.a", applied=True), FieldOwner("kubectl-edit", applied=False)),
    }


def test_a_manager_of_nothing_under_data_owns_no_key() -> None:
    labels = entry("labeller", "Update", metadata={"f:labels": {"f:team": {}}})

    assert read_secret(secret(labels, entry("velero", "Update", data={".": {}}))).owners == {}


def test_an_annotation_of_ours_has_its_managers() -> None:
    hand = entry(
        "kubectl-annotate", "Update", metadata={"f:annotations": {"f:relaykeeper/certificate.a": {}, "f:team": {}}}
    )

    seen = read_secret(secret(hand))

    assert seen.annotators == {"relaykeeper/certificate.a": (FieldOwner("kubectl-annotate", applied=False),)}
    assert seen.owners == {}


def test_who_applied_string_data_owns_the_key_too() -> None:
    helm = entry("helm", "Apply", stringData={"f:tls.key": {}})

    assert read_secret(secret(helm)).owners == {"tls.key": (FieldOwner("helm", applied=True),)}


def test_a_secret_without_data_annotations_or_managers_is_read() -> None:
    bare = {"metadata": {"resourceVersion": "1"}, "type": "Opaque"}

    seen = read_secret(bare)

    assert (seen.digests, seen.owners, seen.annotations, seen.controllers, seen.immutable) == ({}, {}, {}, (), False)


def test_controllers_are_named_with_their_kind() -> None:
    owned = secret(immutable=True)
    owned["metadata"]["ownerReferences"] = [{"kind": "SecretProviderClass", "name": "relay"}]

    seen = read_secret(owned)

    assert (seen.controllers, seen.immutable) == (("SecretProviderClass/relay",), True)

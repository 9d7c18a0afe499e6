"""What is written: our part and no more, and another's claims dropped without a value changed."""

from shared.adapters.kubernetes.secrets import apply_body, drop_managers_patch
from shared.domain.serving.tls_secret import SecretApply


def part(resource_version: str | None) -> SecretApply:
    return SecretApply(
        "mailrelay",
        "relay-tls",
        "Opaque",
        {"a.pem": b"A"},
        {"relaykeeper/certificate.a": "1"},
        "relaykeeper/certificate.a",
        resource_version,
    )


def test_a_new_secret_is_applied_without_a_resource_version() -> None:
    assert apply_body(part(None)) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "relay-tls", "namespace": "mailrelay", "annotations": {"relaykeeper/certificate.a": "1"}},
        "type": "Opaque",
        "data": {"a.pem": "QQ=="},
    }


def test_an_existing_secret_is_applied_as_it_was_read() -> None:
    assert apply_body(part("7"))["metadata"]["resourceVersion"] == "7"


def test_other_managers_entries_are_kept_as_they_are() -> None:
    ours = {"manager": "relaykeeper/certificate.a", "operation": "Apply", "fieldsV1": {"f:data": {"f:a.pem": {}}}}
    hand = {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:b.pem": {}}}}

    patch = drop_managers_patch({"resourceVersion": "7", "managedFields": [ours, hand]}, ["kubectl-edit"])

    assert patch == [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "7"},
        {"op": "replace", "path": "/metadata/managedFields", "value": [ours]},
    ]


def test_an_object_is_never_nobodys() -> None:
    made = {"manager": "kubectl-create", "operation": "Update", "fieldsV1": {"f:data": {"f:a.pem": {}}}}

    patch = drop_managers_patch({"resourceVersion": "7", "managedFields": [made]}, ["kubectl-create"])

    [claim] = patch[1]["value"]
    assert (claim["manager"], claim["fieldsV1"]) == ("relaykeeper", {"f:type": {}})

"""What the vault is asked for."""

import pytest

from shared.adapters.keyvault.certificates import creation_body
from tests.fakes.inventory import certificate

NAMES = ["smtp.mail.example.net", "mail.example.net", "mx.mail.example.net"]


def test_names_keep_their_order_and_the_shortest_is_the_subject() -> None:
    names = creation_body(certificate(dns_names=NAMES), {})["policy"]["x509_props"]

    assert names["sans"] == {"dns_names": NAMES}
    assert names["subject"] == "CN=mail.example.net"


@pytest.mark.parametrize(
    ("key", "properties", "usage"),
    [
        ("ec-256", {"kty": "EC", "crv": "P-256"}, ["digitalSignature"]),
        ("ec-384", {"kty": "EC", "crv": "P-384"}, ["digitalSignature"]),
        ("rsa-3072", {"kty": "RSA", "key_size": 3072}, ["digitalSignature", "keyEncipherment"]),
    ],
)
def test_each_version_has_a_new_exportable_key(key: str, properties: dict[str, object], usage: list[str]) -> None:
    policy = creation_body(certificate(key=key), {})["policy"]

    assert policy["key_props"] == {"exportable": True, "reuse_key": False, **properties}
    assert policy["x509_props"]["key_usage"] == usage


@pytest.mark.parametrize(("issuer", "signer"), [("letsencrypt", "Unknown"), ("self-signed", "Self")])
def test_the_vault_signs_what_is_self_signed_and_renews_nothing_by_itself(issuer: str, signer: str) -> None:
    policy = creation_body(certificate(issuer=issuer), {})["policy"]

    assert policy["issuer"] == {"name": signer}
    assert [action["action"] for action in policy["lifetime_actions"]] == [{"action_type": "EmailContacts"}]


def test_uses_become_extended_key_usages() -> None:
    policy = creation_body(certificate(uses=["server", "client"]), {})["policy"]

    assert policy["x509_props"]["ekus"] == ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]


def test_the_chain_keeps_its_order_and_tags_go_along() -> None:
    request = creation_body(certificate(), {"a": "b"})

    assert request["preserveCertOrder"] is True
    assert request["tags"] == {"a": "b"}

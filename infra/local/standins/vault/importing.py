"""Importing a certificate that was made elsewhere, key and all.

https://learn.microsoft.com/rest/api/keyvault/certificates/import-certificate/import-certificate
"""

from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.standins.vault import render
from infra.local.standins.vault.bundles import laid_out, leaf_of, read_import
from infra.local.standins.vault.issuing import earlier_versions, new_version
from infra.local.standins.vault.objects import Certificate, PrivateKey
from infra.local.standins.vault.policy import Policy, complete
from infra.local.standins.vault.vault import Vault
from infra.local.standins.web import Answer, Request


def import_(vault: Vault, request: Request, name: str) -> Answer:
    """A complete version at once; expired certificates are taken as well."""
    wanted = request.json()
    key, received = read_import(wanted.get("value", ""), wanted.get("pwd"))
    leaf = leaf_of(key, received)
    policy = complete(_policy(wanted.get("policy", {}), key, leaf))
    preserve_order = wanted.get("preserveCertOrder")
    chain = laid_out(leaf, received, preserve_order=bool(preserve_order))
    version = replace(new_version(wanted, policy, key), leaf=leaf, chain=chain)

    with vault.store.lock:
        certificate = Certificate(name, policy, (*earlier_versions(vault, name), version), None, preserve_order)
        vault.store.certificates[name.lower()] = certificate
    return Answer(200, render.certificate_bundle(vault.url, certificate, version))


def _policy(given: Policy, key: PrivateKey, leaf: x509.Certificate) -> Policy:
    """The given policy; subject, names and key as the certificate has them."""
    measure = (
        {"kty": "RSA", "key_size": key.key_size}
        if isinstance(key, rsa.RSAPrivateKey)
        else {"kty": "EC", "crv": f"P-{key.curve.key_size}"}
    )
    names = {"subject": leaf.subject.rfc4514_string(), "sans": {"dns_names": _dns_names(leaf)}}
    return {
        **given,
        "key_props": {**given.get("key_props", {}), **measure},
        "x509_props": {**given.get("x509_props", {}), **names},
    }


def _dns_names(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)

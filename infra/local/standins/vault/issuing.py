"""How a certificate is made: create, the pending operation, merge.

https://learn.microsoft.com/azure/key-vault/certificates/create-certificate-scenarios
"""

import uuid
from dataclasses import replace
from threading import Timer

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.standins.vault import render
from infra.local.standins.vault.bundles import laid_out, leaf_of, read_import, read_x5c
from infra.local.standins.vault.errors import (
    bad_parameter,
    no_longer_in_progress,
    operation_in_progress,
    pending_certificate_not_found,
    refuse,
)
from infra.local.standins.vault.keys import generate_key, seconds_now, self_signed, signing_request, validity
from infra.local.standins.vault.objects import Certificate, CertificateVersion, Operation, PrivateKey
from infra.local.standins.vault.policy import PKCS12, Policy, complete
from infra.local.standins.vault.store import Vault
from infra.local.standins.web import Answer, RefusalError, Request


def import_(vault: Vault, request: Request, name: str) -> Answer:
    """A complete version at once; expired certificates are taken as well."""
    wanted = request.json()
    key, received = read_import(wanted.get("value", ""), wanted.get("pwd"))
    leaf = leaf_of(key, received)
    policy = complete(_policy_of_import(wanted.get("policy", {}), key, leaf))
    preserve_order = wanted.get("preserveCertOrder")
    chain = laid_out(leaf, received, preserve_order=bool(preserve_order))
    version = replace(new_version(wanted, policy, key), leaf=leaf, chain=chain)

    with vault.store.lock:
        certificate = Certificate(name, policy, (*earlier_versions(vault, name), version), None, preserve_order)
        vault.store.certificates[name.lower()] = certificate
    return Answer(200, render.certificate_bundle(vault.url, certificate, version))


def _policy_of_import(given: Policy, key: PrivateKey, leaf: x509.Certificate) -> Policy:
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


def create(vault: Vault, request: Request, name: str) -> Answer:
    """A new version: its key at once, and an operation that waits for its merge or, from the issuer `Self`, for the
    vault's own signature."""
    wanted = request.json()
    earlier_versions(vault, name)
    before = vault.store.certificates.get(name.lower())
    policy = _policy(wanted.get("policy"), before)
    key = _key(policy, before)
    operation = Operation(uuid.uuid4().hex, policy["issuer"]["name"], signing_request(policy, key), completed=False)
    version = new_version(wanted, policy, key)

    with vault.store.lock:
        earlier = earlier_versions(vault, name)
        certificate = Certificate(name, policy, (*earlier, version), operation, wanted.get("preserveCertOrder"))
        answer = render.operation(vault.url, certificate, operation)
        vault.store.certificates[name.lower()] = certificate
    if operation.issuer == "Self":
        signing = Timer(vault.pace.signing, sign, (vault, name, operation))
        signing.daemon = True
        signing.start()
    location = f"{answer['id']}?api-version={request.query['api-version']}&request_id={operation.request_id}"
    return Answer(202, answer, {"Location": location, "Retry-After": "10"})


def sign(vault: Vault, name: str, operation: Operation) -> None:
    """Complete an operation of the issuer `Self`, if it is still there to be completed."""
    with vault.store.lock:
        certificate = vault.store.certificates.get(name.lower())
        if certificate is None or certificate.operation != operation:
            return
        waiting = certificate.versions[-1]
        leaf, now = self_signed(certificate.policy, waiting.key), seconds_now()
        signed = replace(waiting, leaf=leaf, chain=(leaf,), created=now, updated=now)
        vault.store.certificates[name.lower()] = _completed(certificate, signed)


def get_operation(vault: Vault, request: Request, name: str) -> Answer:
    """The operation, also after its completion; `request_id` asks for that very one."""
    certificate, operation = _operation(vault, name)
    if request.query.get("request_id", operation.request_id) != operation.request_id:
        raise pending_certificate_not_found(name)
    headers = {} if operation.completed else {"Retry-After": "10"}
    return Answer(200, render.operation(vault.url, certificate, operation), headers)


def update_operation(vault: Vault, _: Request, name: str) -> Answer:
    """Refuse to cancel an operation: one that has completed as the service does, any other as not implemented here."""
    if _operation(vault, name)[1].completed:
        raise no_longer_in_progress()
    raise RefusalError(refuse(501, "NotImplemented", "The stand-in does not cancel operations; delete them."))


def delete_operation(vault: Vault, _: Request, name: str) -> Answer:
    """Give the operation up; its version stays behind, disabled and without a certificate."""
    with vault.store.lock:
        certificate, operation = _operation(vault, name)
        vault.store.certificates[name.lower()] = replace(certificate, operation=None)
    return Answer(200, render.operation(vault.url, certificate, operation))


def merge(vault: Vault, request: Request, name: str) -> Answer:
    """Complete the operation with a certificate for its key, and the chain in `x5c`."""
    wanted = request.json()
    received = read_x5c(wanted.get("x5c", ()))
    with vault.store.lock:
        certificate, operation = _operation(vault, name)
        if operation.completed:
            raise no_longer_in_progress()
        waiting = certificate.versions[-1]
        leaf, now = leaf_of(waiting.key, received), seconds_now()
        chain = laid_out(leaf, received, preserve_order=bool(certificate.preserve_order))
        version = replace(
            waiting,
            leaf=leaf,
            chain=tuple(reversed(chain)) if waiting.content_type == PKCS12 else chain,
            created=now,
            enabled=wanted.get("attributes", {}).get("enabled", waiting.enabled),
            tags=wanted.get("tags", waiting.tags),
            updated=now,
        )
        certificate = _completed(certificate, version)
        vault.store.certificates[name.lower()] = certificate
    location = f"{vault.url}/certificates/{name}?api-version={request.query['api-version']}"
    return Answer(201, render.certificate_bundle(vault.url, certificate, version), {"Location": location})


def _operation(vault: Vault, name: str) -> tuple[Certificate, Operation]:
    certificate = vault.store.certificates.get(name.lower())
    if certificate is None or certificate.operation is None:
        raise pending_certificate_not_found(name)
    return certificate, certificate.operation


def earlier_versions(vault: Vault, name: str) -> tuple[CertificateVersion, ...]:
    """The versions before a new one; refuses if there cannot be a new one now."""
    vault.store.check_free(name)
    vault.store.check_no_secret(name)
    before = vault.store.certificates.get(name.lower())
    if before and before.operation and not before.operation.completed:
        raise operation_in_progress()
    return before.versions if before else ()


def _policy(given: Policy | None, before: Certificate | None) -> Policy:
    """The policy that comes with a create, or else the certificate's own."""
    if given:
        return complete(given)
    if before is None:
        raise bad_parameter("Property policy is required for a new certificate.")
    return before.policy


def _key(policy: Policy, before: Certificate | None) -> PrivateKey:
    """A new key, or that of the current version where the policy says so."""
    if policy["key_props"]["reuse_key"] and before and before.complete:
        return before.current.key
    return generate_key(policy)


def new_version(wanted: render.Json, policy: Policy, key: PrivateKey) -> CertificateVersion:
    """A version that waits for its certificate, with the tags and attributes of the request `wanted`."""
    now = seconds_now()
    begins, ends = validity(policy)
    return CertificateVersion(
        id=uuid.uuid4().hex,
        key=key,
        created=now,
        updated=now,
        enabled=wanted.get("attributes", {}).get("enabled", True),
        tags=wanted.get("tags"),
        content_type=policy["secret_props"]["contentType"],
        exportable=policy["key_props"]["exportable"],
        begins=int(begins.timestamp()),
        ends=int(ends.timestamp()),
    )


def _completed(certificate: Certificate, version: CertificateVersion) -> Certificate:
    assert certificate.operation
    return replace(
        certificate,
        versions=(*certificate.versions[:-1], version),
        operation=replace(certificate.operation, completed=True),
    )

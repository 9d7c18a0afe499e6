"""Keys, signing requests and self-signed certificates, as a policy wants them."""

import ipaddress
import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from infra.local.standins.vault.errors import bad_parameter, refuse
from infra.local.standins.vault.objects import PrivateKey
from infra.local.standins.vault.policy import Policy
from infra.local.standins.web import RefusalError

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
    "encipher_only": "encipherOnly",
    "decipher_only": "decipherOnly",
}
_BACKDATED = timedelta(minutes=10)


def generate_key(policy: Policy) -> PrivateKey:
    """A new key of the policy's type and size."""
    properties = policy["key_props"]
    if properties["kty"] == "EC":
        return ec.generate_private_key(_CURVES[properties["crv"]])
    return rsa.generate_private_key(public_exponent=65_537, key_size=properties["key_size"])


def signing_request(policy: Policy, key: PrivateKey) -> bytes:
    """A PKCS#10 request in DER (RFC 2986) with the policy's subject, names and usages."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(policy))
    for extension, critical in _extensions(policy):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def self_signed(policy: Policy, key: PrivateKey) -> x509.Certificate:
    """A certificate that is valid for the policy's months, from ten minutes ago on as Key Vault's are."""
    begins, ends = validity(policy)
    subject = _subject(policy)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for extension, critical in _extensions(policy):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())


def validity(policy: Policy) -> tuple[datetime, datetime]:
    """Begin and end of a certificate that the policy asks for now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return now - _BACKDATED, _months_later(now, policy["x509_props"]["validity_months"])


def seconds_now() -> int:
    """The time as the service counts it."""
    return int(time.time())


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day so many months on; the last of the month if it has no such day."""
    year, month = divmod(moment.month - 1 + months, 12)
    first = moment.replace(year=moment.year + year, month=month + 1, day=1)
    last_day = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    return first.replace(day=min(moment.day, last_day))


def _subject(policy: Policy) -> x509.Name:
    subject = policy["x509_props"].get("subject", "")
    try:
        return x509.Name.from_rfc4514_string(subject)
    except ValueError as error:
        raise bad_parameter(f"Property subject has invalid value {subject!r}: {error}") from error


def _extensions(policy: Policy) -> list[tuple[x509.ExtensionType, bool]]:
    wanted = policy["x509_props"]
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.KeyUsage(**{ours: theirs in wanted["key_usage"] for ours, theirs in _USAGES.items()}), True),
        (x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in wanted["ekus"]]), False),
        (x509.BasicConstraints(ca=bool(wanted["basic_constraints"]["ca"]), path_length=None), False),
    ]
    if names := _alternative_names(wanted["sans"]):
        extensions.append((x509.SubjectAlternativeName(names), False))
    return extensions


def _alternative_names(wanted: dict[str, list[str]]) -> list[x509.GeneralName]:
    if unsupported := {kind for kind, values in wanted.items() if values} - {"dns_names", "ipAddresses"}:
        sentence = f"The stand-in has no subject alternative names of the kind {', '.join(sorted(unsupported))}."
        raise RefusalError(refuse(501, "NotImplemented", sentence))
    try:
        return [
            *(x509.DNSName(name) for name in wanted.get("dns_names") or ()),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in wanted.get("ipAddresses") or ()),
        ]
    except ValueError as error:
        raise bad_parameter(f"Property sans has invalid value: {error}") from error

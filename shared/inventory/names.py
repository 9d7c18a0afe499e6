"""Valid names in DNS, Key Vault, Azure and Kubernetes.

Each function returns the name that it was given, or raises ValueError. The error's sentence follows the name: what is
wrong with it, what is allowed, and the right spelling if there is an evident one.
"""

import ipaddress
import re
from collections.abc import Callable

import idna

CHALLENGE = "_acme-challenge."
"""The label under which an authority looks for the TXT record of a name (RFC 8555, section 8.4)."""

_LABELS = r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
DNS_NAME = rf"^(\*\.)?{_LABELS}$"
ZONE_NAME = rf"^(_acme-challenge\.)?{_LABELS}$"
DNS_LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
FULLY_QUALIFIED = r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
KEY_VAULT_NAME = r"^[0-9a-zA-Z-]{1,127}$"
RESOURCE_GROUP = r"^[-\w.()]{0,89}[-\w()]$"
SUBSCRIPTION = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
DNS_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
SERVICE_NAME = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
FOREIGN_FIELD_MANAGER = r"^[ -~]{1,128}$"
SECRET_KEY = r"^[-._a-zA-Z0-9]{1,253}$"  # noqa: S105, a pattern

LONGEST_DNS_NAME = 253
LONGEST_SECRET_KEY = 253
OUR_FIELD_MANAGERS = "relaykeeper/"


def key_vault_name(name: str) -> str:
    """A certificate's or a secret's name in Key Vault.

    https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers
    """
    if fits(KEY_VAULT_NAME, name):
        return name
    proposal = re.sub(r"[^0-9a-zA-Z]+", "-", name).strip("-")[:127]
    advice = f"; write {proposal}" if proposal else ""
    raise ValueError(f"is not a Key Vault name: letters, digits and dashes, no dots, at most 127 characters{advice}")


def dns_label(name: str) -> str:
    """A Kubernetes namespace, and what we call our own vaults, issuers, clusters and relays (RFC 1123)."""
    if fits(DNS_LABEL, name):
        return name
    raise ValueError(
        "is not a valid name: lower-case letters, digits and dashes, beginning and ending with a letter or digit, "
        "at most 63 characters"
    )


def resource_group(name: str) -> str:
    """An Azure resource group's name."""
    if fits(RESOURCE_GROUP, name):
        return name
    raise ValueError(
        "is not a resource group's name: letters, digits, dashes, underscores, parentheses and dots, not ending "
        "with a dot, at most 90 characters"
    )


def subscription(name: str) -> str:
    """An Azure subscription's identifier."""
    if fits(SUBSCRIPTION, name):
        return name
    raise ValueError("is not a subscription's identifier, for example 00000000-0000-0000-0000-000000000000")


def zone_name(name: str) -> str:
    """A zone's name, or one that is delegated into a zone: like `dns_name`, and it may be `_acme-challenge.NAME`."""
    plain = name.lower().removesuffix(".")
    host = plain.removeprefix(CHALLENGE)
    if "_" in host or plain == host:
        return dns_name(name)
    if host.startswith("*."):
        host = host.removeprefix("*.")
        raise ValueError(f"holds a wildcard; {CHALLENGE}NAME covers *.NAME too, so write {CHALLENGE}{host}")
    if name != plain:
        raise ValueError(f"must be in lower case and without a final dot; write {plain}")
    dns_name(host)
    if len(name) > LONGEST_DNS_NAME:
        raise ValueError(f"is longer than a DNS name may be, {LONGEST_DNS_NAME} characters")
    return name


def dns_name(name: str) -> str:
    """A host's DNS name: A-labels (RFC 5890), lower case, no final dot, no wildcard."""
    if "*" in name:
        raise ValueError("holds a wildcard, which is allowed only as the left-most label of a certificate's DNS name")
    return certificate_dns_name(name)


def fully_qualified(name: str) -> str:
    """A host's DNS name with its domain, as EHLO takes it (RFC 5321, section 2.3.5)."""
    if "." not in dns_name(name):
        raise ValueError("is not fully qualified; allowed is for example probe.example.net")
    return name


def certificate_dns_name(name: str) -> str:
    """A DNS name in a certificate: like `dns_name`, and the left-most label may be `*` (RFC 9525, 6.3)."""
    if valid(ipaddress.ip_address, name):
        raise ValueError("is an address; only DNS names are allowed")
    if not name.isascii():
        raise ValueError(f"holds characters outside ASCII; {_a_label_advice(name)}")
    if "_" in name:
        raise ValueError(
            f"is not a DNS name of a host: it holds an underscore, which is allowed only in {CHALLENGE}NAME, as a zone "
            "or under delegated_from"
        )
    plain = name.lower().removesuffix(".")
    if name != plain and fits(DNS_NAME, plain):
        raise ValueError(f"must be in lower case and without a final dot; write {plain}")
    if "*" in name.removeprefix("*."):
        raise ValueError("holds a wildcard that is not the left-most label; allowed is for example *.example.net")
    if not fits(DNS_NAME, name) or len(name) > LONGEST_DNS_NAME:
        raise ValueError(
            "is not a DNS name: labels of lower-case letters, digits and inner dashes, joined by dots, at most 63 "
            "characters each and 253 in all"
        )
    _check_a_labels(name)
    return name


def dns_subdomain(name: str) -> str:
    """The name of a Kubernetes Secret, Deployment or StatefulSet (RFC 1123)."""
    if fits(DNS_SUBDOMAIN, name) and len(name) <= LONGEST_DNS_NAME:
        return name
    raise ValueError(
        "is not a Kubernetes name: lower-case letters, digits, dashes and dots, beginning and ending with a letter "
        "or digit, at most 253 characters"
    )


def service_name(name: str) -> str:
    """The name of a Kubernetes Service (RFC 1035)."""
    if fits(SERVICE_NAME, name):
        return name
    raise ValueError(
        "is not a Service's name: lower-case letters, digits and dashes, beginning with a letter, ending with a letter "
        "or digit, at most 63 characters"
    )


def field_manager(name: str) -> str:
    """A field manager as `kubectl get --show-managed-fields` shows it, other than ours."""
    if name.startswith(OUR_FIELD_MANAGERS):
        raise ValueError("is a field manager of our own; name the one that the Secret is to be taken over from")
    if fits(FOREIGN_FIELD_MANAGER, name):
        return name
    raise ValueError(
        "is not a field manager: 1 to 128 printable ASCII characters, as kubectl get secret NAME -o yaml "
        "--show-managed-fields shows them under manager"
    )


def secret_key(name: str) -> str:
    """The name of one file in a Kubernetes Secret."""
    if fits(SECRET_KEY, name) and name != "." and not name.startswith(".."):
        return name
    raise ValueError(
        "is not a file name that a Kubernetes Secret takes: letters, digits, dashes, underscores and dots, not "
        "beginning with two dots, at most 253 characters"
    )


def valid[T](check: Callable[[T], object], value: T) -> bool:
    """Say whether `check` takes the value, rather than raising ValueError."""
    try:
        check(value)
    except ValueError:
        return False
    return True


def fits(pattern: str, name: str) -> bool:
    """Say whether the pattern matches the whole name, in ASCII."""
    return re.fullmatch(pattern.removesuffix("$"), name, re.ASCII) is not None


def _a_label_advice(name: str) -> str:
    wildcard = "*." if name.startswith("*.") else ""
    try:
        a_label = idna.encode(name.removeprefix("*."), uts46=True).decode()
    except idna.IDNAError:
        return "and is not a valid internationalised name (IDNA 2008) either"
    return f"write its A-label form: {wildcard}{a_label}"


def _check_a_labels(name: str) -> None:
    for label in name.split("."):
        if label.startswith("xn--"):
            try:
                idna.ulabel(label)
            except idna.IDNAError as error:
                raise ValueError(f"holds {label}, which is not a valid A-label (IDNA 2008): {error}") from error

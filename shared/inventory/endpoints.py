"""Where something is reached: https URLs, hosts, name servers, a relay's ports, mailboxes.

Each function raises ValueError with a sentence that follows the text that it was given.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from shared.endpoint import DNS_PORT, HIGHEST_PORT, SUBMISSIONS, Endpoint
from shared.inventory.names import dns_name, fits, valid

LONGEST_LOCAL_PART = 64
LONGEST_MAILBOX = 254
"""In octets: RFC 5321, section 4.5.3.1, gives a path 256, its angle brackets included."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = rf"^{_ATOM}(\.{_ATOM})*$"
MAILBOX = rf"^{_ATOM}(\.{_ATOM})*@[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
ENDPOINT = r"^([0-9.]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$"
MAPPED_PORT = r"^[1-9][0-9]{0,4}/[1-9][0-9]{0,4}$"


@dataclass(frozen=True, slots=True)
class RelayPort:
    """A port on which each `pod` listens, and the port of the `service` that leads there; mostly the same."""

    pod: int
    service: int

    def __str__(self) -> str:
        return str(self.pod) if self.pod == self.service else f"{self.pod}/{self.service}"

    @property
    def implicit(self) -> bool:
        """Whether TLS comes first, without STARTTLS."""
        return self.service == SUBMISSIONS


def endpoint(text: str) -> Endpoint:
    """Read `10.0.0.1`, `10.0.0.1:5353`, `[2001:db8::1]` or `[2001:db8::1]:5353`; the port is 53 unless given."""
    found = re.fullmatch(r"(?:(?P<v4>[0-9.]+)|\[(?P<v6>[0-9a-fA-F:.]+)\])(?::(?P<port>[0-9]{1,5}))?", text)
    port = int(found["port"] or DNS_PORT) if found else 0
    try:
        if found and 1 <= port <= HIGHEST_PORT:
            address = ipaddress.IPv4Address(found["v4"]) if found["v4"] else ipaddress.IPv6Address(found["v6"])
            return Endpoint(str(address), port)
    except ipaddress.AddressValueError:
        pass
    raise ValueError(
        "is not an address or address:port; allowed are for example 10.0.0.1, 10.0.0.1:53 and [2001:db8::1]:53"
    )


def mapped_port(text: str) -> RelayPort:
    """Read `POD/SERVICE`."""
    if fits(MAPPED_PORT, text):
        pod, service = map(int, text.split("/"))
        if max(pod, service) <= HIGHEST_PORT:
            return RelayPort(pod, service)
    raise ValueError(
        f"is not POD/SERVICE, two ports from 1 to {HIGHEST_PORT}; allowed is for example 8587/587, and where both are "
        "the same a whole number: 587"
    )


def host(text: str) -> str:
    """A DNS name, or an IPv4 or IPv6 address without brackets."""
    if valid(ipaddress.ip_address, text) or valid(dns_name, text):
        return text
    raise ValueError(
        "is neither a DNS name in lower case nor an address; allowed are for example relay.example.net, 10.0.0.1 and "
        "2001:db8::1"
    )


def mailbox(text: str) -> str:
    """A mailbox as `RCPT TO:<...>` takes it (RFC 5321, section 4.1.2): nothing quoted, no address literal."""
    local, _, domain = text.rpartition("@")
    if not fits(_LOCAL_PART, local) or len(local) > LONGEST_LOCAL_PART or len(text) > LONGEST_MAILBOX:
        raise ValueError(
            "is not the address of a mailbox; allowed is for example postmaster@example.org, without a display name, "
            "angle brackets or quotes, at most 64 characters before the @ and 254 in all"
        )
    try:
        dns_name(domain)
    except ValueError as error:
        raise ValueError(f"has a domain that {error}") from error
    return text


def https_url(text: str) -> str:
    """An https URL with a host, without user name, query or fragment."""
    _split(text)
    return text


def vault_url(text: str) -> str:
    """A vault's https URL, which has no path; the final slash that the Azure portal shows is dropped."""
    if _split(text).path not in {"", "/"}:
        raise ValueError("has a path; a vault's URL ends with its host, for example https://example.vault.azure.net")
    return text.removesuffix("/")


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        complete = url.scheme == "https" and bool(url.hostname) and url.port != 0
    except ValueError:
        complete = False
    if not complete or re.search(r"[\s@?#\\]", text):
        raise ValueError("is not an https URL; it must begin with https:// and hold no user name, query or fragment")
    return urlsplit(text)

"""Where things are: https URLs, and name servers by address and port.

Each function raises ValueError with a sentence that follows the text it was given.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from shared.inventory.names import dns_name, valid

DNS_PORT = 53
HIGHEST_PORT = 65535
ENDPOINT = r"^([0-9.]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name server or resolver: an IPv4 or IPv6 address (without brackets) and a port."""

    address: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


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


def host(text: str) -> str:
    """A DNS name, or an IPv4 or IPv6 address without brackets."""
    if valid(ipaddress.ip_address, text) or valid(dns_name, text):
        return text
    raise ValueError(
        "is neither a DNS name in lower case nor an address; allowed are for example relay.example.net, 10.0.0.1 and "
        "2001:db8::1"
    )


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

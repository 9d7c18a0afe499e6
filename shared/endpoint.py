"""Ports, and a name server's address with its port: below the inventory, so that SMTP probes need not import it."""

from dataclasses import dataclass

DNS_PORT = 53
SUBMISSIONS = 465
"""The port on which TLS comes first (RFC 8314, section 3.3)."""
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name server or resolver: an IPv4 or IPv6 address (without brackets) and a port."""

    address: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

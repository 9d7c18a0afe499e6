"""Names of sources: what one look reads.

`read_errors` says why a source could not be read. An alert's `depends_on` names the sources that must be read before it
can be over.
"""

from shared.inventory import Place
from shared.inventory.relays import Certificate

TICKS_SOURCE = "ticks"
"""The journal of ticks."""

WATCH_SOURCE = "watch"
"""The journal of the watch."""


def vault_source(name: str) -> str:
    return f"vault {name}"


def certificate_source(name: str) -> str:
    """A certificate's newest version; in `read_errors`, the certificate as a whole."""
    return f"certificate {name}"


def journal_source(certificate: str) -> str:
    return f"journal {certificate}"


def client_source(name: str) -> str:
    """A client's newest password; in `read_errors`, the client as a whole."""
    return f"client {name}"


def client_journal_source(name: str) -> str:
    return f"journal of client {name}"


def logins_source(relay: str) -> str:
    """The journal of logins at a relay."""
    return f"logins at relay {relay}"


def clients_source(place: Place) -> str:
    """What is seen of clients at a place: the same for each of them."""
    return f"clients at {place}"


def place_logins_source(place: Place) -> str:
    """The logins of the probe client at a place."""
    return f"logins at {place}"


def plaintext_source(place: Place) -> str:
    """What a place says before TLS begins."""
    return f"AUTH in clear at {place}"


def endpoints_source(certificate: str) -> str:
    """The public endpoints that serve a certificate."""
    return f"public endpoints of {certificate}"


def place_source(certificate: Certificate, place: Place) -> str:
    """The observation of a certificate at a place."""
    return f"{certificate.name} at {place}"


def served_source(certificate: Certificate, place: Place) -> str:
    """What is served at a place under a certificate's names."""
    return f"{certificate.name} served at {place}"


def open_relay_source(place: Place) -> str:
    """The check whether a place accepts mail without a login."""
    return f"unauthenticated mail at {place}"


def policy_source(cluster: str) -> str:
    """A cluster's admission policy."""
    return f"policy of {cluster}"

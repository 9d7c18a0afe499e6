"""Which server a relay's clients should meet, and so may get a password: the newest version of its certificate."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from shared.domain.certificates.certificate import StoredVersion, Thumbprint, names_of
from shared.domain.certificates.presented_chain import covers
from shared.domain.certificates.vault_tags import issuer_tag
from shared.domain.clients.login import ExpectedServer
from shared.domain.serving.probe_plan import probe_host
from shared.errors import NoVersion, PermanentError
from shared.inventory import Inventory
from shared.inventory.relays import Certificate, Relay
from shared.ports import Clusters, Ports, TrustRoots, Vaults


@dataclass(frozen=True, slots=True)
class RelaySystems:
    """What tells where a relay's replicas are and what they should present: nothing of ours is stored or read."""

    inventory: Inventory
    vault: Vaults
    clusters: Clusters
    trust_roots: TrustRoots

    @classmethod
    def of(cls, ports: Ports) -> "RelaySystems":
        return cls(ports.inventory, ports.vault, ports.clusters, ports.trust_roots)


def expected_server(
    relay: Relay,
    systems: RelaySystems,
    at: datetime,
    server_name: str | None = None,
    verified: Thumbprint | None = None,
) -> ExpectedServer:
    """Return what clients of a relay should meet `at` a time: the newest version of its first certificate, or of that
    for `server_name`, as the vault has it; or the one with the thumbprint `verified`.

    Raises NoVersion if there is no version yet, PermanentError if the relay serves no certificate for that name.
    """
    certificate = certificate_for(relay, server_name, systems.inventory)
    stored = systems.vault.latest(certificate)
    if stored is None:
        raise NoVersion(
            f"certificate {certificate.name} has no version in vault {certificate.vault}, so it is not known what "
            f"relay {relay.name} should present, nor which server may get a password. Let it be issued first."
        )
    name = server_name or probe_host(names_of(stored.leaf, certificate.dns_names)[0])
    thumbprints = {stored.leaf.thumbprint, *([verified] if verified is not None else [])}
    return ExpectedServer(name, at, roots_of(stored, systems), frozenset(thumbprints))


def certificate_for(relay: Relay, server_name: str | None, inventory: Inventory) -> Certificate:
    served = [inventory.certificates[each.certificate] for each in relay.serves]
    if server_name is None:
        return served[0]
    for certificate in served:
        if any(covers(pattern, server_name.lower()) for pattern in certificate.dns_names):
            return certificate
    known = ", ".join(name for certificate in served for name in certificate.dns_names)
    raise PermanentError(f"relay {relay.name} serves no certificate for {server_name}, only for {known}")


def roots_of(stored: StoredVersion, systems: RelaySystems) -> tuple[x509.Certificate, ...]:
    """Return the roots of the issuer that we had the version from; none for one that we did not issue."""
    issuer = systems.inventory.issuers.get(issuer_tag(stored) or "")
    return tuple(systems.trust_roots.of_issuer(issuer)) if issuer is not None else ()

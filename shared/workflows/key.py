"""The key of an issuance: it is born in the vault, and the pending operation there keeps it through crashes."""

from shared.domain.certificates import Pending
from shared.domain.inventory import Certificate
from shared.domain.journal import Issuance, Journal
from shared.domain.marks import our_tags, pending_refusal
from shared.errors import PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.issuance import note, under_way


def key_in_vault(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> Pending:
    """Return the pending operation that holds our key: the one we began earlier, else a new one.

    A new key makes an order that was asked for with the old one useless.
    """
    pending = ports.vault.pending(certificate)
    if pending is not None and not is_ours(pending, under_way(lease)):
        raise PermanentError(pending_refusal(certificate, pending))
    if pending is None:
        note(lease, key_hash=None, order=None)
        lease.renew()
        ports.vault.create(certificate, our_tags(certificate))
        pending = ports.vault.pending(certificate)
    if pending is None:
        raise TransientError(f"somebody deleted the new operation of {certificate.name} in vault {certificate.vault}")
    if pending.key_hash != under_way(lease).key_hash:
        note(lease, key_hash=pending.key_hash)
    return pending


def is_ours(pending: Pending, issuance: Issuance) -> bool:
    """Say whether we began it: its key is written down, or we were about to begin one and it asks for the same."""
    if issuance.key_hash is not None:
        return pending.key_hash == issuance.key_hash
    return pending.names == frozenset(issuance.dns_names) and pending.key == issuance.key

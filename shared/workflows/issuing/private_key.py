"""The key of an issuance: it is born in the vault, and the pending operation there keeps it through crashes."""

from shared.domain.certificates.certificate import PendingOperation
from shared.domain.certificates.vault_tags import our_tags, pending_refusal
from shared.domain.issuing.issuance import Issuance, OrderProgress
from shared.domain.journal import Journal
from shared.errors import PermanentError, TransientError
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.issuing.issuance import current_issuance, update_issuance
from shared.workflows.lease import compensate_if_lease_lost


def ensure_key(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> PendingOperation:
    """Return the pending operation that holds our key: the one we began earlier, else a new one.

    A new key makes an order that was asked for with the old one useless.
    """
    pending = ports.vault.pending(certificate)
    if pending is not None and not is_our_operation(pending, current_issuance(lease)):
        raise PermanentError(pending_refusal(certificate, pending))
    if pending is None:
        update_issuance(lease, key_hash=None, order=None, progress=OrderProgress())
        pending = create_key(certificate, lease, ports)
    if pending is None:
        raise TransientError(f"somebody deleted the new operation of {certificate.name} in vault {certificate.vault}")
    if pending.key_hash != current_issuance(lease).key_hash:
        update_issuance(lease, key_hash=pending.key_hash)
    return pending


def create_key(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> PendingOperation | None:
    """Begin an operation with a new key; return it, or None if it has ended already."""
    with compensate_if_lease_lost(lease, lambda: discard_if_unused(certificate, current_issuance(lease), ports)):
        ports.vault.create(certificate, our_tags(certificate))
    return ports.vault.pending(certificate)


def discard_if_unused(certificate: Certificate, ours: Issuance, ports: Ports) -> None:
    """Discard the operation that we began too late, unless the worker that replaced us goes on with it.

    A vault has one operation at a time, and a worker refuses one that its journal does not make its own: as long as
    ours is there, nobody who does not use it by now will.
    """
    pending = ports.vault.pending(certificate)
    theirs = ports.journals.read(certificate.name).issuance
    if (
        pending is not None
        and is_our_operation(pending, ours)
        and (theirs is None or not is_our_operation(pending, theirs))
    ):
        ports.vault.discard(certificate)


def discard_key(name: str, was: Issuance, lease: Lease[Journal], ports: Ports) -> None:
    """Discard the pending operation of an issuance that is not wanted any more, in the vault where it was begun.

    Raises PermanentError if the inventory no longer has that vault.
    """
    if was.vault not in ports.inventory.vaults:
        raise PermanentError(
            f"cannot clean up after {name}: it was being issued in vault {was.vault}, which the inventory no longer "
            "has. Put the vault back until that is done; if it is gone for good, delete the journal "
            f"certificates/{name}.json."
        )
    certificate = was.certificate(name)
    pending = ports.vault.pending(certificate)
    if pending is not None and is_our_operation(pending, was):
        lease.renew()
        ports.vault.discard(certificate)


def is_our_operation(pending: PendingOperation, issuance: Issuance) -> bool:
    """Say whether we began it: its key is written down, or we were about to begin one and it asks for the same."""
    if issuance.key_hash is not None:
        return pending.key_hash == issuance.key_hash
    return pending.names == frozenset(issuance.dns_names) and pending.key == issuance.key

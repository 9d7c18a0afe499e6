"""The key of an issuance: it is born in the vault, and the pending operation there keeps it through crashes."""

from shared.domain.certificates import Pending
from shared.domain.issuance import Issuance, OrderProgress
from shared.domain.journal import Journal
from shared.domain.marks import our_tags, pending_refusal
from shared.errors import PermanentError, TransientError
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.issuance import note, under_way
from shared.workflows.replaced import undone_if_replaced


def key_in_vault(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> Pending:
    """Return the pending operation that holds our key: the one we began earlier, else a new one.

    A new key makes an order that was asked for with the old one useless.
    """
    pending = ports.vault.pending(certificate)
    if pending is not None and not is_ours(pending, under_way(lease)):
        raise PermanentError(pending_refusal(certificate, pending))
    if pending is None:
        note(lease, key_hash=None, order=None, progress=OrderProgress())
        pending = begin(certificate, lease, ports)
    if pending is None:
        raise TransientError(f"somebody deleted the new operation of {certificate.name} in vault {certificate.vault}")
    if pending.key_hash != under_way(lease).key_hash:
        note(lease, key_hash=pending.key_hash)
    return pending


def begin(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> Pending | None:
    """Begin an operation with a new key; return it, or None if it has ended already."""
    with undone_if_replaced(lease, lambda: discard_unless_theirs(certificate, under_way(lease), ports)):
        ports.vault.create(certificate, our_tags(certificate))
    return ports.vault.pending(certificate)


def discard_unless_theirs(certificate: Certificate, ours: Issuance, ports: Ports) -> None:
    """Discard the operation that we began too late, unless the worker that replaced us goes on with it.

    A vault has one operation at a time, and a worker refuses one that its journal does not make its own: as long as
    ours is there, nobody who does not use it by now will.
    """
    pending = ports.vault.pending(certificate)
    theirs = ports.journals.read(certificate.name).issuance
    if pending is not None and is_ours(pending, ours) and (theirs is None or not is_ours(pending, theirs)):
        ports.vault.discard(certificate)


def give_up_key(name: str, was: Issuance, lease: Lease[Journal], ports: Ports) -> None:
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
    if pending is not None and is_ours(pending, was):
        lease.renew()
        ports.vault.discard(certificate)


def is_ours(pending: Pending, issuance: Issuance) -> bool:
    """Say whether we began it: its key is written down, or we were about to begin one and it asks for the same."""
    if issuance.key_hash is not None:
        return pending.key_hash == issuance.key_hash
    return pending.names == frozenset(issuance.dns_names) and pending.key == issuance.key

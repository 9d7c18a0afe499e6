"""The key of an issuance: made in the vault, where the pending operation keeps it through crashes."""

from shared.domain.certificates.certificate import PendingOperation
from shared.domain.certificates.vault_tags import our_tags, pending_refusal
from shared.domain.issuing.issuance import Issuance, OrderProgress
from shared.domain.journal import Journal
from shared.errors import PermanentError, TransientError
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.workflows.issuing.issuance import current_issuance, update_issuance
from shared.workflows.lease import Leased, compensate_if_lease_lost
from shared.workflows.renewal_context import Renewal


def ensure_key(renewal: Renewal) -> PendingOperation:
    """Return the pending operation that holds our key: the one we began earlier, else a new one.

    A new key makes an order that was asked for with the old one useless.
    """
    pending = renewal.ports.vault.pending(renewal.certificate)
    if pending is not None and not is_our_operation(pending, current_issuance(renewal.held)):
        raise PermanentError(pending_refusal(renewal.certificate, pending))
    if pending is None:
        update_issuance(renewal.held, key_hash=None, order=None, progress=OrderProgress())
        pending = create_key(renewal)
    if pending is None:
        raise TransientError(
            f"somebody deleted the new operation of {renewal.certificate.name} in vault {renewal.certificate.vault}"
        )
    if pending.key_hash != current_issuance(renewal.held).key_hash:
        update_issuance(renewal.held, key_hash=pending.key_hash)
    return pending


def create_key(renewal: Renewal) -> PendingOperation | None:
    """Begin an operation with a new key; return it, or None if it has ended already."""
    with compensate_if_lease_lost(
        renewal.held, lambda: discard_if_unused(renewal.certificate, current_issuance(renewal.held), renewal.ports)
    ):
        renewal.ports.vault.create(renewal.certificate, our_tags(renewal.certificate))
    return renewal.ports.vault.pending(renewal.certificate)


def discard_if_unused(certificate: Certificate, ours: Issuance, ports: Ports) -> None:
    """Discard the operation that we began too late, unless the worker that replaced us goes on with it.

    A vault has one operation at a time, and a worker refuses one that is not in its journal: while ours is there, a
    worker that does not use it by now cannot begin its own.
    """
    pending = ports.vault.pending(certificate)
    theirs = ports.state.certificates.read(certificate.name).issuance
    if (
        pending is not None
        and is_our_operation(pending, ours)
        and (theirs is None or not is_our_operation(pending, theirs))
    ):
        ports.vault.discard(certificate)


def discard_key(name: str, was: Issuance, held: Leased[Journal]) -> None:
    """Discard the pending operation of an issuance that is not wanted any more, in the vault where it was begun.

    Raises PermanentError if the inventory no longer has that vault.
    """
    if was.vault not in held.ports.inventory.vaults:
        raise PermanentError(
            f"cannot clean up after {name}: it was being issued in vault {was.vault}, which the inventory no longer "
            "has. Put the vault back until that is done; if it is gone for good, delete the journal "
            f"certificates/{name}.json."
        )
    certificate = was.certificate(name)
    pending = held.ports.vault.pending(certificate)
    if pending is not None and is_our_operation(pending, was):
        held.before_effect()
        held.ports.vault.discard(certificate)


def is_our_operation(pending: PendingOperation, issuance: Issuance) -> bool:
    """Say whether we began it: its key is in the journal, or we were about to begin one for the same names and key."""
    if issuance.key_hash is not None:
        return pending.key_hash == issuance.key_hash
    return pending.names == frozenset(issuance.dns_names) and pending.key == issuance.key

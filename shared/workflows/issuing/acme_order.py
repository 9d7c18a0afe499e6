"""One order with an authority, from asking to a chain that may be merged (RFC 8555, section 7.1.6)."""

import logging
from datetime import timedelta

from shared.domain.certificates.certificate import PendingOperation, StoredVersion, leaf_of
from shared.domain.certificates.chain import ChainError, pem, read_chain
from shared.domain.certificates.chain_faults import ChainPolicy, check_chain
from shared.domain.certificates.chain_order import order_chain
from shared.domain.certificates.vault_tags import our_tags
from shared.domain.issuing.acme import Account, Order, next_look
from shared.domain.issuing.issuance import OrderProgress
from shared.domain.journal import Journal
from shared.errors import Conflict, NotYet, OrderLost, OrderNotReady, PermanentError, TransientError
from shared.inventory import AcmeIssuer
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.workflows.issuing.acme_account import account_of
from shared.workflows.issuing.acme_challenges import prove_control, publish_and_wait, withdraw
from shared.workflows.issuing.acme_reads import asked_again, read_order, read_order_until
from shared.workflows.issuing.issuance import current_issuance, update_issuance, update_order
from shared.workflows.issuing.private_key import ensure_key
from shared.workflows.lease import Leased
from shared.workflows.renewal_context import Renewal

log = logging.getLogger("relaykeeper.progress")

FINALIZED_AGAIN = timedelta(minutes=10)
"""How long after it took the CSR an authority may show the order as `ready` before it is given the CSR again."""

MAX_FINALIZE_PAUSE = timedelta(seconds=3)


def complete_order(renewal: Renewal, issuer: AcmeIssuer) -> StoredVersion:
    """Take the order from pending to ready, processing and valid, then merge its chain. Only `invalid` is a refusal."""
    wait_for_published_records(renewal.certificate.name, renewal.held)
    account = account_of(issuer, renewal.ports)
    pending = ensure_key(renewal)
    order = find_or_create_order(renewal, account)
    if order.status == "pending":
        order = prove_control(renewal.certificate.name, account, order, renewal.held)
    if order.status == "ready":
        order = finalize(account, order, pending.csr, renewal.held)
    if not is_decided(order):
        raise still_issuing(order, renewal.held)
    if order.status == "invalid":
        why = failure_reason(account, order, renewal.ports)
        forget_order(renewal.held)
        raise TransientError(f"{issuer.name} refused {renewal.certificate.name}: {why}")
    with asked_again("certificate", renewal.held):
        answer = renewal.ports.authority.chain(account, order)
    chain = verified_chain(renewal.certificate, issuer, pending, answer, renewal.ports)
    renewal.held.before_effect()
    return merge_chain(renewal.certificate, chain, renewal.ports)


def merge_chain(certificate: Certificate, chain: bytes, ports: Ports) -> StoredVersion:
    """Merge; where the operation has ended meanwhile, look whether it ended with this very chain."""
    try:
        return ports.vault.merge(certificate, chain, our_tags(certificate))
    except Conflict:
        newest = ports.vault.latest(certificate)
        if newest is None or newest.leaf.thumbprint != leaf_of(read_chain(chain)[0]).thumbprint:
            raise
        return newest


def wait_for_published_records(name: str, held: Leased[Journal]) -> None:
    """Wait for the name servers before anything else: the authority need not be asked as long as they lag."""
    progress = current_issuance(held).progress
    if progress.records and progress.answered is None:
        publish_and_wait(name, progress.records, held)


def find_or_create_order(renewal: Renewal, account: Account) -> Order:
    """Return the order under way; else the one whose URL was lost with an answer; else a new one.

    An order belongs to the account that made it.
    """
    if current_issuance(renewal.held).account not in (None, account.url):
        forget_order(renewal.held)
    issuance = current_issuance(renewal.held)
    if issuance.order is not None:
        return read_order(account, issuance.order, renewal.held)
    order = (
        renewal.ports.authority.find_order(account, renewal.certificate.dns_names)
        if issuance.account == account.url
        else None
    )
    if order is None:
        update_issuance(renewal.held, account=account.url)
        renewal.held.before_effect()
        order = renewal.ports.authority.new_order(account, renewal.certificate.dns_names)
    renewal.held.record("order", order.url, reason=issuance.reason, order=order.url)
    update_issuance(renewal.held, order=order.url, progress=OrderProgress())
    log.info("%s: order %s", renewal.certificate.name, order.url)
    return order


def finalize(account: Account, order: Order, csr: bytes, held: Leased[Journal]) -> Order:
    """Hand over the CSR, and return the order once it is decided, or as it is after a few seconds.

    An authority that took the CSR minutes ago and still shows the order as `ready` is not given it again (section 7.4).
    """
    taken = current_issuance(held).progress.finalized
    if taken is not None and held.ports.clock.now() - taken < FINALIZED_AGAIN:
        return order
    held.before_effect()
    try:
        with asked_again("finalize", held):
            order = held.ports.authority.finalize(account, order, csr)
    except OrderNotReady as refused:  # a finalization whose answer was lost, or a server that lags behind the others
        log.info("%s", refused)
    else:
        update_order(held, finalized=held.ports.clock.now())
    if is_decided(order):
        return order
    if order.retry_after is not None:
        held.ports.clock.pause(min(order.retry_after, MAX_FINALIZE_PAUSE).total_seconds())
    return read_order_until(is_decided, account, order, held)


def is_decided(order: Order) -> bool:
    return order.status == "invalid" or (order.status == "valid" and order.certificate is not None)


def still_issuing(order: Order, held: Leased[Journal]) -> NotYet:
    now = held.ports.clock.now()
    wait = next_look(current_issuance(held).progress.asked or now, now, authorizations=0)
    message = f"the authority is issuing: it shows the order as {order.status}"
    return NotYet(message, max(wait, order.retry_after or timedelta(0)))


def failure_reason(account: Account, order: Order, ports: Ports) -> str:
    """Return the authority's words: the order's, and those of its failed authorizations."""
    try:
        failed = [one for one in ports.authority.authorizations(account, order) if one.failed]
    except OrderLost:
        failed = []
    message = [order.error, *(f"{one.name} is invalid: {one.error}".rstrip(": ") for one in failed)]
    return "; ".join(filter(None, message)) or f"the order is {order.status}"


def verified_chain(
    certificate: Certificate, issuer: AcmeIssuer, pending: PendingOperation, answer: bytes, ports: Ports
) -> bytes:
    """Return the chain in order, as PEM, once it has been checked against everything that was asked for."""
    wanted = ChainPolicy(
        key_hash=pending.key_hash,
        names=frozenset(certificate.dns_names),
        uses=certificate.uses,
        roots=ports.trust_roots.of_issuer(issuer),
    )
    now = ports.clock.now()
    try:
        chain = order_chain(read_chain(answer), pending.key_hash, now, wanted.roots)
        check_chain(chain, wanted, now)
    except ChainError as error:
        raise PermanentError(
            f"not merging what {issuer.name} issued for {certificate.name}: {error}. "
            f"To order again, delete the pending operation in vault {certificate.vault}."
        ) from error
    return pem(chain)


def forget_order(held: Leased[Journal]) -> None:
    """Withdraw the order's TXT values and drop it; the key stays."""
    withdraw(held)
    update_issuance(held, order=None, account=None, progress=OrderProgress())

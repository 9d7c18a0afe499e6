"""One order with an authority, from asking to a chain that may be merged (RFC 8555, section 7.1.6)."""

import logging

from shared.domain.acme import Account, Order
from shared.domain.certificates import Pending, Stored
from shared.domain.chain import ChainError, Wanted, check_chain, order_chain, pem, read_chain
from shared.domain.inventory import AcmeIssuer, Certificate
from shared.domain.journal import Journal
from shared.domain.marks import our_tags
from shared.errors import PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.account import account_of
from shared.workflows.challenges import prove_control, withdraw
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.issuance import note, under_way
from shared.workflows.key import key_in_vault
from shared.workflows.patience import wait_for

log = logging.getLogger("relaykeeper.progress")


def one_order(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> Stored:
    """See the order through: pending, ready, processing, valid; then merge its chain."""
    account = account_of(issuer, ports)
    pending = key_in_vault(certificate, lease, ports)
    order = open_order(certificate, account, lease, ports)
    if order.status == "pending":
        order = prove_control(certificate.name, account, order, lease, ports)
    if order.status == "ready":
        lease.renew()
        order = ports.authority.finalize(account, order, pending.csr)
    if order.status == "processing":
        order = await_issuance(account, order, ports)
    if order.status != "valid":
        why = why_refused(account, order, ports)
        forget_order(lease, ports)
        raise TransientError(f"{issuer.name} refused {certificate.name}: {why}")
    chain = checked_chain(certificate, issuer, pending, ports.authority.chain(account, order), ports)
    lease.renew()
    return ports.vault.merge(certificate, chain, our_tags(certificate))


def open_order(certificate: Certificate, account: Account, lease: Lease[Journal], ports: Ports) -> Order:
    """Return the order under way; else the one whose URL was lost with an answer; else a new one.

    An order belongs to the account that made it.
    """
    if under_way(lease).account not in (None, account.url):
        forget_order(lease, ports)
    issuance = under_way(lease)
    if issuance.order is not None:
        return ports.authority.order(account, issuance.order)
    order = ports.authority.find_order(account, certificate.dns_names) if issuance.account == account.url else None
    if order is None:
        note(lease, account=account.url)
        lease.renew()
        order = ports.authority.new_order(account, certificate.dns_names)
    chronicle(Deed("order", order.url, certificate.name, reason=issuance.reason), ports)
    note(lease, order=order.url)
    log.info("%s: order %s", certificate.name, order.url)
    return order


def await_issuance(account: Account, order: Order, ports: Ports) -> Order:
    """Wait until the authority has issued, or has refused to; the answer to finalize may say how long."""
    if order.retry_after is not None:
        ports.clock.pause(min(order.retry_after.total_seconds(), 3.0))
    return wait_for(
        look=lambda: ports.authority.order(account, order.url),
        done=lambda seen: seen.status != "processing",
        words=lambda _: "the authority is issuing",
        clock=ports.clock,
        asked_for=lambda seen: seen.retry_after,
    )


def why_refused(account: Account, order: Order, ports: Ports) -> str:
    """Return the authority's words: the order's, and those of its failed authorizations."""
    failed = [a for a in ports.authority.authorizations(account, order) if a.status not in ("valid", "pending")]
    words = [order.error, *(f"{a.name} is {a.status}: {a.error}" for a in failed)]
    return "; ".join(filter(None, words)) or f"the order is {order.status}"


def checked_chain(certificate: Certificate, issuer: AcmeIssuer, pending: Pending, answer: bytes, ports: Ports) -> bytes:
    """Return the chain in order, as PEM, once it has been checked against everything that was asked for."""
    wanted = Wanted(
        key_hash=pending.key_hash,
        names=frozenset(certificate.dns_names),
        uses=certificate.uses,
        roots=ports.trust.roots(issuer),
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


def forget_order(lease: Lease[Journal], ports: Ports) -> None:
    """Withdraw the order's TXT values and drop it; the key stays."""
    withdraw(lease, ports)
    note(lease, order=None, account=None)

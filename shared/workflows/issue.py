"""Bring a due certificate to a new version in its vault, going on wherever an earlier execution stopped.

Every step is written down before it is taken, so that a killed execution costs nothing but time: the pending operation
in the vault holds the key, the journal holds the order and each published TXT value.
"""

import logging
from dataclasses import replace

from shared.domain.acme import Account, Order
from shared.domain.certificates import Pending, Stored
from shared.domain.chain import ChainError, Wanted, check_chain, order_chain, pem, read_chain
from shared.domain.inventory import AcmeIssuer, Certificate
from shared.domain.journal import Journal
from shared.domain.marks import our_tags
from shared.errors import AccountUnknown, OrderLost, PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.account import account_of, forget_account
from shared.workflows.challenges import prove_control, withdraw
from shared.workflows.key import intend, is_ours, key_in_vault, matches, note, under_way
from shared.workflows.patience import wait_for

log = logging.getLogger("relaykeeper.issue")


def issue(certificate: Certificate, reason: str, lease: Lease[Journal], ports: Ports) -> Stored:
    """Return the new version. Raises NotYet where the vault, DNS or the authority need more than a few seconds."""
    if lease.journal.issuance is not None and not matches(lease.journal.issuance, certificate):
        abandon(certificate, lease, ports)
    intend(certificate, reason, lease, ports)
    issuer = ports.inventory.issuers.get(certificate.issuer)
    if issuer is None:
        stored = signed_by_the_vault(certificate, lease, ports)
    else:
        stored = signed_by_authority(certificate, issuer, lease, ports)
    log.info("%s: merged version %s, valid until %s", certificate.name, stored.version[:8], stored.leaf.not_after.date())
    finish(lease, ports)
    return stored


def signed_by_authority(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> Stored:
    """Issue with the authority, starting over once if it has forgotten our order or our account."""
    try:
        return one_order(certificate, issuer, lease, ports)
    except (OrderLost, AccountUnknown) as lost:
        log.warning("%s: %s; starting over", certificate.name, lost)
        forget_order(lease, ports)
        if isinstance(lost, AccountUnknown):
            forget_account(issuer, ports)
        return one_order(certificate, issuer, lease, ports)


def one_order(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> Stored:
    """See one order through (RFC 8555, section 7.1.6): pending, ready, processing, valid; then merge its chain."""
    account = account_of(issuer, ports)
    pending = key_in_vault(certificate, lease, ports)
    order = open_order(certificate, account, lease, ports)
    if order.status == "pending":
        order = prove_control(certificate.name, account, order, lease, ports)
    if order.status == "ready":
        lease.renew()
        order = ports.authority.finalize(account, order, pending.csr)
    if order.status == "processing":
        order = await_processing(account, order, ports)
    if order.status != "valid":
        forget_order(lease, ports)
        raise TransientError(f"{issuer.name} refused {certificate.name}: {why_refused(account, order, ports)}")
    chain = checked_chain(certificate, issuer, pending, ports.authority.chain(account, order), ports)
    lease.renew()
    return ports.vault.merge(certificate, chain, our_tags(certificate))


def open_order(certificate: Certificate, account: Account, lease: Lease[Journal], ports: Ports) -> Order:
    """Return the order under way; else the one whose URL was lost with an answer; else a new one."""
    issuance = under_way(lease)
    if issuance.order is not None:
        return ports.authority.order(account, issuance.order)
    order = ports.authority.find_order(account, certificate.dns_names) if issuance.account == account.url else None
    if order is None:
        note(lease, account=account.url)
        lease.renew()
        order = ports.authority.new_order(account, certificate.dns_names)
    note(lease, order=order.url)
    log.info("%s: order %s", certificate.name, order.url)
    return order


def await_processing(account: Account, order: Order, ports: Ports) -> Order:
    """Wait until the authority has issued, or has refused to."""
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
    """Return the authority's words: the order's, else those of its failed authorizations."""
    failed = [a for a in ports.authority.authorizations(account, order) if a.status != "valid"]
    return "; ".join([order.error] * bool(order.error) + [f"{a.name} {a.status}: {a.error}" for a in failed]) or order.status


def checked_chain(
    certificate: Certificate, issuer: AcmeIssuer, pending: Pending, answer: bytes, ports: Ports
) -> bytes:
    """Return the chain in order, as PEM, once it has been checked against everything that was asked for."""
    wanted = Wanted(
        key_hash=pending.key_hash,
        names=frozenset(certificate.dns_names),
        uses=certificate.uses,
        roots=ports.trust.roots(issuer),
    )
    try:
        chain = order_chain(read_chain(answer), pending.key_hash)
        check_chain(chain, wanted, ports.clock.now())
    except ChainError as error:
        raise PermanentError(
            f"not merging what {issuer.name} issued for {certificate.name}: {error}. "
            f"To order again, delete the pending operation in vault {certificate.vault}."
        ) from error
    return pem(chain)


def signed_by_the_vault(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> Stored:
    """Let the vault sign with the certificate's own key (its issuer `Self`)."""
    before = ports.vault.latest(certificate)
    pending = ports.vault.pending(certificate)
    if pending is None or not is_ours(pending, under_way(lease)):
        lease.renew()
        ports.vault.create(certificate, our_tags(certificate))
    stored = wait_for(
        look=lambda: ports.vault.latest(certificate),
        done=lambda seen: seen is not None and (before is None or seen.version != before.version),
        words=lambda _: "the vault is signing",
        clock=ports.clock,
    )
    assert stored is not None
    return stored


def forget_order(lease: Lease[Journal], ports: Ports) -> None:
    """Withdraw the order's TXT values and drop it; the key stays."""
    withdraw(lease, ports)
    note(lease, order=None, account=None)


def abandon(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> None:
    """Clean up after an issuance that is not wanted any more, or whose result is in the vault already."""
    pending = ports.vault.pending(certificate)
    if pending is not None and is_ours(pending, under_way(lease)):
        lease.renew()
        ports.vault.discard(certificate)
    finish(lease, ports)


def finish(lease: Lease[Journal], ports: Ports) -> None:
    """Leave nothing of the issuance behind: no TXT value, nothing in the journal."""
    withdraw(lease, ports)
    lease.write(replace(lease.journal, issuance=None, backoff=None))

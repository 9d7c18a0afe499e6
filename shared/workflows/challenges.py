"""Prove control of an order's names by TXT records (RFC 8555, section 8.4)."""

from collections.abc import Sequence
from functools import partial

from shared.domain.acme import Account, Authorization, Order
from shared.domain.dns import Propagation
from shared.domain.issuance import TxtValue
from shared.domain.journal import Journal
from shared.errors import PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.issuance import note, under_way
from shared.workflows.patience import wait_for
from shared.workflows.progress import Progress
from shared.workflows.replaced import undone_if_replaced


def prove_control(name: str, account: Account, order: Order, lease: Lease[Journal], ports: Ports) -> Order:
    """Publish, wait until every authoritative server shows it, answer; return the order once it is not pending."""
    pending = [a for a in ports.authority.authorizations(account, order) if a.status == "pending"]
    records = records_of(pending, ports)
    publish(name, records, lease, ports)
    wait_until_visible(name, records, ports)
    for authorization in pending:
        if authorization.challenge is not None and authorization.challenge.status == "pending":
            lease.renew()
            ports.authority.answer(account, authorization.challenge)
    return wait_for(
        look=lambda: ports.authority.order(account, order.url),
        done=lambda seen: seen.status != "pending",
        words=lambda _: "the authority is validating the challenges",
        clock=ports.clock,
        asked_for=lambda seen: seen.retry_after,
    )


def records_of(authorizations: Sequence[Authorization], ports: Ports) -> list[TxtValue]:
    records = []
    for authorization in authorizations:
        if authorization.challenge is None:
            raise PermanentError(f"the authority offers no dns-01 challenge for {authorization.name}")
        records.append(ports.dns.locate(authorization.name, authorization.challenge.txt))
    return records


def publish(name: str, records: Sequence[TxtValue], lease: Lease[Journal], ports: Ports) -> None:
    """Write the values down, then publish them; values of an earlier attempt stay written down until withdrawn."""
    known = under_way(lease).published
    if fresh := tuple(record for record in records if record not in known):
        note(lease, published=known + fresh)
    for record in records:
        with undone_if_replaced(lease, partial(withdraw_unless_theirs, name, record, ports)):
            ports.dns.publish(record)


def withdraw_unless_theirs(name: str, record: TxtValue, ports: Ports) -> None:
    """Withdraw the value that we published too late, unless the journal says that the worker that replaced us uses it.

    Then that worker withdraws it: the same order's challenge asks everybody for the same value.
    """
    theirs = ports.journals.read(name).issuance
    if theirs is None or record not in theirs.published:
        ports.dns.withdraw(record)


def wait_until_visible(name: str, records: Sequence[TxtValue], ports: Ports) -> None:
    progress = Progress(name)

    def look() -> tuple[Propagation, ...]:
        seen = ports.dns.propagation(records)
        for propagation in seen:
            progress.tell(in_words(propagation))
        return seen

    wait_for(
        look=look,
        done=lambda seen: all(propagation.complete for propagation in seen),
        words=lambda seen: "; ".join(in_words(p) for p in seen if not p.complete),
        clock=ports.clock,
    )


def in_words(propagation: Propagation) -> str:
    lagging = "" if propagation.complete else f" ({propagation.words})"
    return (
        f"TXT {propagation.record.name} seen on {len(propagation.seen_on)}/{len(propagation.servers)} servers{lagging}"
    )


def withdraw(lease: Lease[Journal], ports: Ports) -> None:
    """Take every value that the journal names out of DNS, then out of the journal.

    Those that cannot be withdrawn stay in the journal; the first failure is raised once all were tried.
    """
    published = under_way(lease).published
    failures: dict[TxtValue, TransientError | PermanentError] = {}
    for record in published:
        lease.renew()
        try:
            ports.dns.withdraw(record)
        except (TransientError, PermanentError) as failure:
            failures[record] = failure
    if published:
        note(lease, published=tuple(failures))
    if failures:
        raise next(iter(failures.values()))

"""Prove control of an order's names by TXT records (RFC 8555, section 8.4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.domain.issuing.acme import Account, Authorization, Challenge, Order, next_look
from shared.domain.issuing.issuance import Propagation, TxtValue
from shared.domain.journal import Journal
from shared.errors import NotYet, PermanentError, TransientError
from shared.ports import Ports
from shared.workflows.attempt import ProgressLog, wait_for
from shared.workflows.issuing.acme_reads import asked_again, read_order_until
from shared.workflows.issuing.issuance import current_issuance, update_issuance, update_order
from shared.workflows.lease import Leased, compensate_if_lease_lost

ANSWERED_AGAIN = timedelta(minutes=2)
"""How long after the first answer a challenge that shows an error, or no reaction, is answered again; from then on at
each look. The time between looks grows."""

TIME_TO_VALIDATE = timedelta(seconds=3)
"""How long an authority gets after a challenge was answered again, before we look."""


def prove_control(name: str, account: Account, order: Order, held: Leased[Journal]) -> Order:
    """Publish, wait until every authoritative server shows it, answer; return the order once it is not pending.

    An order with an authorization that has failed is returned as `invalid`, which some authorities leave `pending`.
    Raises NotYet with the authority's words where it needs more time.
    """
    authorizations = authorizations_of(account, order, held)
    if any(authorization.failed for authorization in authorizations):
        return replace(order, status="invalid")
    publish_and_wait(name, txt_records(authorizations, held.ports), held)
    pause = timedelta(0) if current_issuance(held).progress.answered is None else TIME_TO_VALIDATE
    if answer_challenges(account, authorizations, held):
        order = read_order_until(is_past_pending, account, order, held, pause)
        if order.status != "pending":
            return order
        authorizations = authorizations_of(account, order, held)
        if any(authorization.failed for authorization in authorizations):
            return replace(order, status="invalid")
    raise still_validating(order, authorizations, held)


def is_past_pending(order: Order) -> bool:
    return order.status != "pending"


def authorizations_of(account: Account, order: Order, held: Leased[Journal]) -> tuple[Authorization, ...]:
    with asked_again("authorizations", held):
        return held.ports.authority.authorizations(account, order)


def publish_and_wait(name: str, records: Sequence[TxtValue], held: Leased[Journal]) -> None:
    """Publish the values, and wait until every authoritative server shows them."""
    publish(name, records, held)
    wait_until_visible(name, records, held.ports)


def answer_challenges(account: Account, authorizations: Sequence[Authorization], held: Leased[Journal]) -> bool:
    """Answer the challenges that are to be answered now; return whether there were any."""
    answered = current_issuance(held).progress.answered
    waited = None if answered is None else held.ports.clock.now() - answered
    pending = [one.challenge for one in authorizations if one.status == "pending" and one.challenge is not None]
    turns = [challenge for challenge in pending if is_to_be_answered(challenge, waited)]
    for challenge in turns:
        held.before_effect()
        with asked_again("challenge", held):
            held.ports.authority.answer(account, challenge)
    if answered is None:
        update_order(held, answered=held.ports.clock.now())
    return bool(turns)


def is_to_be_answered(challenge: Challenge, waited: timedelta | None) -> bool:
    """Say whether to answer a challenge, having `waited` since the first answer: a new response makes the authority
    validate at once what failed before (section 8.2)."""
    if waited is not None and waited < ANSWERED_AGAIN:
        return False
    return challenge.status == "pending" or (challenge.status == "processing" and challenge.error != "")


def still_validating(order: Order, authorizations: Sequence[Authorization], held: Leased[Journal]) -> NotYet:
    """Return the wait for the authority's validation, with its words about what failed so far."""
    now = held.ports.clock.now()
    wait = next_look(current_issuance(held).progress.asked or now, now, len(authorizations))
    pending = [one for one in authorizations if one.status == "pending"]
    message = "the authority is validating the challenges" if pending else "the authority shows the order as pending"
    errors = [f"{one.name}: {one.error}" for one in pending if one.error]
    return NotYet("; ".join([message, *errors]), max(wait, order.retry_after or timedelta(0)))


def txt_records(authorizations: Sequence[Authorization], ports: Ports) -> list[TxtValue]:
    """Return the values that the authority is to see for what is not proven yet."""
    records = []
    for authorization in authorizations:
        if authorization.status != "pending":
            continue
        if authorization.challenge is None:
            raise PermanentError(f"the authority offers no dns-01 challenge for {authorization.name}")
        records.append(ports.dns.locate(authorization.name, authorization.challenge.txt))
    return records


def publish(name: str, records: Sequence[TxtValue], held: Leased[Journal]) -> None:
    """Record the values, then publish them; values of an earlier attempt stay recorded until they are withdrawn."""
    issuance = current_issuance(held)
    known, progress = issuance.published, replace(issuance.progress, records=tuple(records))
    fresh = tuple(record for record in records if record not in known)
    if fresh or progress != issuance.progress:
        update_issuance(held, published=known + fresh, progress=progress)
    for record in records:
        with compensate_if_lease_lost(held, partial(withdraw_if_unused, name, record, held.ports)):
            held.ports.dns.publish(record)


def withdraw_if_unused(name: str, record: TxtValue, ports: Ports) -> None:
    """Withdraw the value that we published too late, unless the journal says that the worker that replaced us uses it.

    Then that worker withdraws it: the same order's challenge asks everybody for the same value.
    """
    theirs = ports.state.certificates.read(name).issuance
    if theirs is None or record not in theirs.published:
        ports.dns.withdraw(record)


def wait_until_visible(name: str, records: Sequence[TxtValue], ports: Ports) -> None:
    progress = ProgressLog(name)

    def look() -> tuple[Propagation, ...]:
        seen = ports.dns.propagation(records)
        for propagation in seen:
            progress.report(describe_propagation(propagation))
        return seen

    wait_for(
        look=look,
        done=lambda seen: all(propagation.complete for propagation in seen),
        describe=lambda seen: "; ".join(describe_propagation(p) for p in seen if not p.complete),
        clock=ports.clock,
    )


def describe_propagation(propagation: Propagation) -> str:
    lagging = "" if propagation.complete else f" ({propagation.message})"
    return (
        f"TXT {propagation.record.name} seen on {len(propagation.seen_on)}/{len(propagation.servers)} servers{lagging}"
    )


def withdraw(held: Leased[Journal]) -> None:
    """Take every value that the journal names out of DNS, then out of the journal.

    Those that cannot be withdrawn stay in the journal; the first failure is raised once all were tried.
    """
    published = current_issuance(held).published
    failures: dict[TxtValue, TransientError | PermanentError] = {}
    for record in published:
        held.before_effect()
        try:
            held.ports.dns.withdraw(record)
        except (TransientError, PermanentError) as failure:
            failures[record] = failure
    if published:
        progress = replace(current_issuance(held).progress, records=())
        update_issuance(held, published=tuple(failures), progress=progress)
    if failures:
        raise next(iter(failures.values()))

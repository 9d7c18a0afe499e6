"""On whose behalf a message is worked on."""

from dataclasses import replace

from shared.domain.asked import is_done
from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.renewal import Due
from shared.domain.requests import Request, is_id
from shared.domain.seen import Seen
from shared.domain.work import verdict_of
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.look import version_to_serve


def open_request(message: Message, ports: Ports) -> Request | None:
    """Return the person's request that a message carries; None once that has ended."""
    if message.request is None or not is_id(message.request):
        return None
    request = ports.requests.read(message.request)
    return request if request.open and request.certificate == message.certificate else None


def on_behalf_of(request: Request | None, message: Message, ports: Ports) -> Ports:
    """Return the ports as they are used for a person, or for the timer."""
    if request is not None:
        return replace(ports, occasion=request.occasion)
    reason = message.cause or ports.occasion.reason
    return replace(ports, occasion=replace(ports.occasion, reason=reason, correlation=message.correlation))


def for_whoever_asked(certificate: Certificate, seen: Seen, lease: Lease[Journal], ports: Ports) -> Ports:
    """Return the ports as they are used for the person whose work is under way, whoever's message carries it on.

    What comes due by itself afterwards is nobody's: then the journal forgets that person.
    """
    asked_for, newest = lease.journal.asked_for, seen.stored.version if seen.stored is not None else None
    if asked_for is None:
        return ports
    begins = lease.journal.issuance is None and isinstance(verdict_of(certificate, seen, ports.clock.now()), Due)
    if begins and asked_for.replaces != newest:
        lease.write(replace(lease.journal, asked_for=None))
        return ports
    return replace(ports, occasion=asked_for.occasion)


def forget_whoever_asked(certificate: Certificate, stored: Stored | None, lease: Lease[Journal], ports: Ports) -> None:
    """Strike out on whose behalf work was done, once every place serves what it should."""
    if lease.journal.asked_for is None:
        return
    places = [] if stored is None else ports.inventory.places(certificate.name)
    wanted = {p: version_to_serve(certificate, stored, p, lease.journal, ports) for p in places if stored is not None}
    if is_done(lease.journal, {place: version.version for place, version in wanted.items() if version is not None}):
        lease.write(replace(lease.journal, asked_for=None))

"""Take a person's request up: write into the certificate's journal what it asks for, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared.domain.asked import asked, why_no_way_back
from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.requests import Request
from shared.errors import LeaseTaken, NotYet
from shared.inventory import Certificate, Place
from shared.ports import Lease, Ports
from shared.workflows.chronicle import Deed, chronicle, chronicle_end
from shared.workflows.look import still_good, version_to_serve

A_MOMENT = timedelta(seconds=5)


def take_up(id_: str, certificate: Certificate, stored: Stored | None, lease: Lease[Journal], ports: Ports) -> None:
    """Write down which version the request finds, then what it asks for, then that it was taken up.

    Whoever comes here after a crash in between does the same again, unless another version came meanwhile.
    """
    try:
        with ports.requests.lease(id_) as hold:
            if hold.journal.taken is None:
                take(hold, certificate, stored, lease, ports)
    except LeaseTaken as taken:
        raise NotYet(f"another worker writes down how request {id_} stands", A_MOMENT) from taken


def take(
    hold: Lease[Request], certificate: Certificate, stored: Stored | None, lease: Lease[Journal], ports: Ports
) -> None:
    newest = stored.version if stored is not None else None
    if (refused := why_refused(hold.journal, certificate, stored, lease, ports)) is not None:
        ended = replace(hold.journal, standing="failed", words=refused, ended=ports.clock.now())
        chronicle_end(ended, ports)
        hold.write(ended)
        return
    if hold.journal.replaces is None and newest is not None:
        hold.write(replace(hold.journal, replaces=newest))
    if hold.journal.replaces == newest:
        apply(hold.journal, certificate, stored, lease, ports)
    now = ports.clock.now()
    hold.write(replace(hold.journal, taken=now, words=f"A worker took it up at {now:%Y-%m-%d %H:%M:%S} UTC."))


def why_refused(
    request: Request, certificate: Certificate, stored: Stored | None, lease: Lease[Journal], ports: Ports
) -> str | None:
    """Say why what was asked for cannot be done; None where it can."""
    if request.kind != "rollback":
        return None
    places = ports.inventory.places(certificate.name)
    newest = stored.version if stored is not None else None
    why = why_no_way_back(lease.journal, newest, request, places)
    if why is None and request.version is not None and still_good(certificate, request.version, ports) is None:
        why = f"version {request.version} has expired, or is gone or disabled in vault {certificate.vault}"
    if why is None and stored is not None:
        why = why_not_everywhere(request, certificate, stored, places, lease, ports)
    return f"cannot roll back {certificate.name}: {why}." if why is not None else None


def why_not_everywhere(
    request: Request,
    certificate: Certificate,
    stored: Stored,
    places: Sequence[Place],
    lease: Lease[Journal],
    ports: Ports,
) -> str | None:
    """Say where no earlier version could be served; None if there is one for each place that we deliver to."""
    after = asked(lease.journal, replace(request, replaces=stored.version), ports.clock.now())
    ours = [place for place in places if place.relay.sync == "secret"]
    without = [p for p in ours if version_to_serve(certificate, stored, p, after, ports) in (None, stored)]
    if not without:
        return None
    return f"no earlier version that is good still is known at {', '.join(map(str, without))}: name one with version"


def apply(
    request: Request, certificate: Certificate, stored: Stored | None, lease: Lease[Journal], ports: Ports
) -> None:
    """Write what the request does to versions into the history, and what it asks for into the journal."""
    after = asked(lease.journal, request, ports.clock.now())
    if after == lease.journal:
        return
    before = lease.journal.quarantine
    if after.quarantine != before and request.kind == "rollback":
        chronicle(Deed("quarantine", "in quarantine everywhere", certificate.name, stored=stored), ports)
        chronicle(Deed("rollback", "going back to the version before", certificate.name), ports)
    elif after.quarantine != before:
        chronicle(Deed("quarantine", "the quarantine is lifted", certificate.name, stored=stored), ports)
    lease.write(after)

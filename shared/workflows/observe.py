"""Look at everything that somebody should know about; whatever cannot be read is an observation too."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from shared.domain.certificates import Leaf, Stored, Thumbprint, Version
from shared.domain.entries import Entry
from shared.domain.journal import Journal
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.domain.report import CertificateReport, FleetReport, certificate_source, endpoints_source, vault_source
from shared.domain.seen import Seen
from shared.errors import PermanentError, TransientError, Unforeseen, Unreadable
from shared.guard import guard
from shared.inventory import Certificate, Place
from shared.ports import Ports
from shared.workflows.fronts import look_at_fronts
from shared.workflows.heed import heeding
from shared.workflows.look import if_reached, look_closely, version_to_serve
from shared.workflows.silent import Silent

LOOKING = timedelta(minutes=5)
"""How long places are looked at: half of what an execution has (host.json), so that what was seen is told."""


def observe(ports: Ports) -> FleetReport:
    """Look at every certificate, stored and served, and at what else the vaults hold. Nothing is changed.

    Pauses excuse what they excuse; where they cannot be read nothing is excused.
    """
    silent, until = Silent(), ports.clock.now() + LOOKING
    try:
        with guard("reading pauses"):
            ports, unread = heeding(ports), dict[str, str]()
    except (TransientError, PermanentError) as failure:
        unread = {"pauses": str(failure)}
    entries, blind = list_vaults(silent, ports)
    certificates = ports.inventory.certificates.values()
    watched = tuple(watch_or_miss(certificate, silent, ports, until) for certificate in certificates)
    return FleetReport(watched, entries, {**unread, **blind}, pauses=ports.inventory.pauses)


def list_vaults(silent: Silent, ports: Ports) -> tuple[dict[str, tuple[Entry, ...]], dict[str, str]]:
    """Return what each vault holds, and why the others could not be listed."""
    entries: dict[str, tuple[Entry, ...]] = {}
    blind: dict[str, str] = {}
    for vault in ports.inventory.vaults:
        try:
            entries[vault] = silent.once(vault_source(vault), partial(ports.vault.entries, vault))
        except (TransientError, PermanentError) as failure:
            blind[vault_source(vault)] = str(failure)
    return entries, blind


def watch_or_miss(certificate: Certificate, silent: Silent, ports: Ports, until: datetime) -> CertificateReport:
    """Look at one certificate among others; a bug there is why nothing of it was seen."""
    try:
        with guard(f"looking at {certificate.name}"):
            return watch_one(certificate, silent, ports, until)
    except (TransientError, PermanentError) as failure:
        places = dict.fromkeys(ports.inventory.places(certificate.name), Unreachable(str(failure)))
        return CertificateReport(certificate, Seen(Journal(), None, places)).as_unread(str(failure))


def watch_one(
    certificate: Certificate, silent: Silent, ports: Ports, until: datetime | None = None
) -> CertificateReport:
    """Look at one certificate; at what is served also where its vault or its journal cannot be read.

    No place is looked at after `until`.
    """
    journal, lost = read_journal(certificate, ports)
    places, vault = ports.inventory.places(certificate.name), certificate.vault
    try:
        with guard(f"reading the versions of {certificate.name}"):
            stored, wanted = read_vault(certificate, journal, silent, ports)
    except (Unreadable, Unforeseen) as failure:
        lost[certificate_source(certificate.name)] = str(failure)
        stored, wanted = None, {}
    except (TransientError, PermanentError) as failure:
        lost[vault_source(vault)] = str(failure)
        stored, wanted = None, {}
    there = {p: look_there(certificate, wanted.get(p) or stored, p, silent, ports, until) for p in places}
    earlier = {place: version for place, version in wanted.items() if version != stored}
    fronts, unasked = read_fronts(certificate, stored, journal, ports)
    paused = ports.inventory.pause_of_issuing(certificate)
    return CertificateReport(certificate, Seen(journal, stored, there, earlier, fronts, paused), {**lost, **unasked})


def read_journal(certificate: Certificate, ports: Ports) -> tuple[Journal, dict[str, str]]:
    """Return the journal, or an empty one and why it could not be read."""
    try:
        return ports.journals.read(certificate.name), {}
    except (TransientError, PermanentError) as failure:
        return Journal(), {f"journal {certificate.name}": str(failure)}


def read_vault(
    certificate: Certificate, journal: Journal, silent: Silent, ports: Ports
) -> tuple[Stored | None, dict[Place, Stored | None]]:
    """Return the newest version, and what each place is to serve."""
    stored = silent.once(vault_source(certificate.vault), lambda: ports.vault.latest(certificate))
    if stored is None:
        return None, {}
    places = ports.inventory.places(certificate.name)
    return stored, {place: version_to_serve(certificate, stored, place, journal, ports) for place in places}


def read_fronts(
    certificate: Certificate, stored: Stored | None, journal: Journal, ports: Ports
) -> tuple[Mapping[str, str], dict[str, str]]:
    """Return what is wrong at the public names, or why that cannot be judged."""
    try:
        with guard(f"looking at the fronts of {certificate.name}"):
            return look_at_fronts(certificate, stored, journal, ports) if stored is not None else {}, {}
    except (TransientError, PermanentError) as failure:
        return {}, {endpoints_source(certificate.name): str(failure)}


def look_there(
    certificate: Certificate,
    wanted: Stored | None,
    place: Place,
    silent: Silent,
    ports: Ports,
    until: datetime | None,
) -> PlaceSeen | Resting | Unreachable:
    """Put every question to every replica of a place."""

    def closely() -> PlaceSeen:
        if until is not None and ports.clock.now() >= until:
            minutes = LOOKING // timedelta(minutes=1)
            raise TransientError(f"not looked at: looking at what comes before it took {minutes} minutes")
        return look_closely(certificate, wanted or as_wished(certificate, ports), place, ports)

    return if_reached(place, closely, silent, ports)


def as_wished(certificate: Certificate, ports: Ports) -> Stored:
    """Return what to ask the replicas for where nobody knows what is stored: the names that are wanted."""
    now = ports.clock.now()
    leaf = Leaf(Thumbprint(""), frozenset(certificate.dns_names), certificate.key, now, now)
    return Stored(Version(""), leaf, {})

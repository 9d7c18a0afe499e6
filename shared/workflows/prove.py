"""Write down what every replica of a place was seen to serve."""

from dataclasses import replace

from shared.domain.certificates import Version
from shared.domain.place_record import Proof
from shared.domain.places import PlaceSeen
from shared.domain.quarantine import proven, quarantined
from shared.domain.secret_part import held
from shared.domain.served import settled
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.errand import Errand
from shared.workflows.look import look_closely


def note_what_was_served_before(errand: Errand, seen: PlaceSeen) -> None:
    """Where the journal was lost: take the Secret's and the replicas' word for the version that they hold and serve."""
    said = held(errand.certificate.name, seen.secret) if seen.secret is not None else None
    if said is None or errand.record.proof is not None or said.version == errand.wanted.version:
        return
    if not (seen.pods and settled(said.thumbprint, seen)):
        return
    whole = look_closely(errand.certificate, errand.wanted, errand.place, errand.ports)
    if settled(said.thumbprint, whole):
        proof = Proof(said.version, said.thumbprint, len(seen.pods), errand.ports.clock.now())
        errand.note(replace(errand.record, proof=proof))


def prove(errand: Errand, replicas: int) -> None:
    """Write down that every replica serves it, and since when; without replicas nothing is proven."""
    record, wanted, now = errand.record, errand.wanted, errand.ports.clock.now()
    after = replace(record, delivery=None, error=None)
    if replicas and record.proof is not None and record.proof.version == wanted.version:
        after = replace(after, proof=replace(record.proof, replicas=replicas))
    elif replicas:
        outcome = f"served by every replica, of which there are {replicas}"
        chronicle(Deed("served", outcome, errand.certificate.name, str(errand.place), wanted), errand.ports)
        proof = Proof(wanted.version, wanted.leaf.thumbprint, replicas, now)
        after = replace(after, proof=proof, before=version_before(errand))
    errand.note(after)


def version_before(errand: Errand) -> Version | None:
    """Return the version to go back to from the one that is proven now: not one that is in quarantine itself."""
    journal = errand.lease.journal
    others = (version for version in proven(errand.record) if version != errand.wanted.version)
    return next((each for each in others if quarantined(journal, errand.place, each) is None), None)

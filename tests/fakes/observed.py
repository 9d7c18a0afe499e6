"""What a watch may have seen, with good defaults: every replica of the estate's places serves a fresh certificate."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.leaf import leaf_of
from shared.domain.places import Answer, PlaceSeen, Pod, Question, Resting, Rollout, Unreachable
from shared.domain.report import CertificateReport, FleetReport
from shared.domain.seen import Seen
from shared.inventory import Inventory, Place
from tests.fakes.inventory import HOST, NAME, NOW
from tests.fakes.leaves import LIFETIME, Signer, stored

KEY = ec.generate_private_key(ec.SECP256R1())
SIGNER = Signer("Alerts Test Root")


@cache
def leaf_der(begins: datetime = NOW, lifetime: timedelta = LIFETIME, names: tuple[str, ...] = (HOST,)) -> bytes:
    """Return a leaf for these names."""
    leaf = SIGNER.issue(KEY.public_key(), *names, begins=begins, lifetime=lifetime)
    return leaf.public_bytes(Encoding.DER)


def stored_as(der: bytes) -> Stored:
    """Return the stored version that has this leaf."""
    return stored(leaf_of(x509.load_der_x509_certificate(der)))


def showing(*shown: bytes | str) -> PlaceSeen:
    """Return a place whose replicas present these leaves, or fail with these words."""
    names = [f"mailrelay-{number}" for number in range(len(shown))]
    pods = tuple(Pod(name, f"10.0.0.{number}", ready=True) for number, name in enumerate(names))
    return PlaceSeen(None, pods, tuple(map(answer, names, shown)), Rollout(len(shown), done=True, message="rolled out"))


def answer(pod: str, shown: bytes | str) -> Answer:
    question = Question(pod, "10.0.0.1", 25, HOST)
    if isinstance(shown, str):
        return Answer(question, None, shown)
    return Answer(question, leaf_of(x509.load_der_x509_certificate(shown)).thumbprint, chain=(shown,))


def observations(
    inventory: Inventory,
    there: PlaceSeen | Resting | Unreachable | Mapping[str, PlaceSeen | Resting | Unreachable],
    version: Stored | None,
    journal: Journal | None = None,
    blind: Mapping[str, str] | None = None,
) -> FleetReport:
    """Return what was seen of the first certificate, the same at each place unless given by cluster."""
    places: Sequence[Place] = inventory.places(NAME)
    seen = {place: there[place.cluster] if isinstance(there, Mapping) else there for place in places}
    certificate = inventory.certificates[NAME]
    return FleetReport((CertificateReport(certificate, Seen(journal or Journal(), version, seen), blind or {}),))

"""Relays that show what their pods see."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from cryptography import x509

from shared.domain.certificates import Leaf, Thumbprint
from shared.domain.leaf import leaf_of
from shared.domain.places import Answer, Question
from tests.fakes.clusters import FakeClusters
from tests.fakes.faults import Faults

BEGIN = b"-----BEGIN CERTIFICATE-----"


class FakeRelays:
    """Implements ports.Relays: with SNI the certificate that has the name, else `default.pem` or `tls.crt`.

    `failing` gives a cluster's pod (`cluster`, `name`) words to fail with, `showing` a thumbprint whatever it mounts.
    """

    def __init__(self, clusters: FakeClusters) -> None:
        self._clusters = clusters
        self.failing: dict[tuple[str, str], str] = {}
        self.showing: dict[tuple[str, str], Thumbprint] = {}
        self.asked: list[Question] = []
        self.faults = Faults()

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        with self.faults.around("ask"):
            self.asked += questions
            return tuple(self._answer(question) for question in questions)

    def _answer(self, question: Question) -> Answer:
        found = self._clusters.files_at(question.address)
        if found is None:
            return Answer(question, None, "connection refused")
        pod, files = found
        if failure := self.failing.get((pod.cluster, pod.name)):
            return Answer(question, None, failure)
        shown = self.showing.get((pod.cluster, pod.name)) or thumbprint_for(question.sni, files)
        return Answer(question, shown, "" if shown else "STARTTLS refused: 454 TLS currently unavailable")


def thumbprint_for(sni: str | None, files: Mapping[str, bytes]) -> Thumbprint | None:
    """Return the leaf that a relay with these files presents; None if it has none to present."""
    leaves = {file: leaf for file, content in files.items() if (leaf := leaf_in(content)) is not None}
    for leaf in leaves.values():
        if sni is not None and leaf.names & {sni, f"*.{sni.partition('.')[2]}"}:
            return leaf.thumbprint
    default = leaves.get("default.pem") or leaves.get("tls.crt")
    return default.thumbprint if default else None


@lru_cache(maxsize=64)
def leaf_in(content: bytes) -> Leaf | None:
    """Return the first certificate of a file, None if it has none."""
    if BEGIN not in content:
        return None
    return leaf_of(x509.load_pem_x509_certificates(content[content.index(BEGIN) :])[0])

"""Relays that show what their pods see."""

from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509

from shared.domain.certificates import Thumbprint
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
    leaves = {file: leaf_of(leaf) for file, leaf in certificates(files)}
    for leaf in leaves.values():
        if sni is not None and leaf.names & {sni, f"*.{sni.partition('.')[2]}"}:
            return leaf.thumbprint
    default = leaves.get("default.pem") or leaves.get("tls.crt")
    return default.thumbprint if default else None


def certificates(files: Mapping[str, bytes]) -> Iterator[tuple[str, x509.Certificate]]:
    """Yield the first certificate of each file that has one."""
    for file, content in files.items():
        if BEGIN in content:
            yield file, x509.load_pem_x509_certificates(content[content.index(BEGIN) :])[0]

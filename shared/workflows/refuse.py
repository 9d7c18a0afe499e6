"""We never fight an owner."""

from shared.domain.journal import Journal
from shared.domain.marks import refusal
from shared.domain.seen import Seen
from shared.errors import PermanentError
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.issue import abandon


def refuse_if_marked(certificate: Certificate, seen: Seen, lease: Lease[Journal], ports: Ports) -> None:
    """Raise PermanentError if the certificate bears another tool's mark, having cleaned up what we had begun."""
    if (refused := refusal(certificate, seen.stored)) is not None:
        abandon(certificate, seen.stored, lease, ports)
        raise PermanentError(refused)

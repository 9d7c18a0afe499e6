"""What is left of a message that crashed every worker that took it."""

from dataclasses import replace

from shared.domain.message import Message
from shared.ports import Ports
from shared.workflows.heed import unless_paused
from shared.workflows.left_behind import refuse_unknown

CRASHED = "renewing crashed, or failed on a bug, each time the message was delivered; the log has the trace"


def bury(message: Message, ports: Ports) -> None:
    """Write into the journal, under its lease, that the message was given up. The next tick tries again.

    Raises LeaseTaken while another worker is on the certificate, Paused while nothing of it may be written.
    """
    refuse_unknown(message, ports)
    unless_paused(message.certificate, ports)
    with ports.journals.lease(message.certificate) as lease:
        lease.write(replace(lease.journal, next_attempt=None, waits_for=None, error=CRASHED))

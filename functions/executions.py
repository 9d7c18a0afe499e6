"""What every execution has in common: its log lines say what it is about, and a failure that we know ends it."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.domain.message import Message
    from shared.ports import Ports

log = logging.getLogger("relaykeeper.functions")


@contextmanager
def known_failures_end_here() -> Iterator[None]:
    """Log a failure that we know and end the message: the next tick is the retry.

    A bug or a crash brings the message back, and so does a journal that another worker holds.
    """
    from shared.errors import LeaseTaken, RelaykeeperError

    try:
        yield
    except LeaseTaken:
        raise
    except RelaykeeperError as failure:
        log.error("%s", failure)


def on_timer(timer: func.TimerRequest, correlation: str, act: Callable[["Ports"], None]) -> None:
    """Act on the whole estate."""
    from shared.compose import compose
    from shared.log_context import step

    with step(correlation=correlation), known_failures_end_here():
        if timer.past_due:
            log.warning("the timer is late")
        act(compose(os.environ))


def on_message(message: func.QueueMessage, act: Callable[["Message", "Ports"], None]) -> None:
    """Act on the certificate that a message names."""
    from shared.compose import compose
    from shared.log_context import step
    from shared.messages import read_message

    with known_failures_end_here():
        asked = read_message(message.get_body())
        with (
            step(correlation=asked.correlation, certificate=asked.certificate, attempt=message.dequeue_count or 1),
            known_failures_end_here(),
        ):
            act(asked, compose(os.environ))

"""What every execution of a timer or a queue has in common: log fields, and how a known failure ends it."""

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


def on_timer(timer: func.TimerRequest, correlation: str, act: Callable[["Ports"], object]) -> None:
    """Run `act` for all objects of the inventory."""
    from shared.compose import compose
    from shared.log_context import step

    with step(correlation=correlation), end_on_known_errors():
        if timer.past_due:
            log.warning("the timer is late")
        act(compose(os.environ))


def on_message(message: func.QueueMessage, act: Callable[["Message", "Ports"], None]) -> None:
    """Run `act` for the object that a message names."""
    from shared.compose import compose
    from shared.log_context import step
    from shared.messages import read_message

    with end_on_known_errors():
        received = read_message(message.get_body())
        with (
            step(correlation=received.correlation, object=str(received.target), attempt=message.dequeue_count or 1),
            end_on_known_errors(),
        ):
            act(received, compose(os.environ))


@contextmanager
def end_on_known_errors() -> Iterator[None]:
    """Log a known failure and end the execution: the next tick is the retry.

    After a bug or a crash the queue delivers the message again, and after LeaseTaken, when another worker has the
    journal.
    """
    from shared.errors import LeaseTaken, RelaykeeperError

    try:
        yield
    except LeaseTaken:
        raise
    except RelaykeeperError as failure:
        log.error("%s", failure)

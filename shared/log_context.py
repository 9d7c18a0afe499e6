"""What a log line is about, as fields of each `relaykeeper` record: one line per step, one correlation for all of them.

    with step(correlation=message.correlation, object=str(message.target)):
        log.info("order %s", url)    # order https://... [correlation=4f0c object=certificate/prod duration=0.214]

The fields are attributes of the record, which OpenTelemetry exports, and stand at the end of its text, which is all
that the Functions worker passes on without OpenTelemetry.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypedDict, Unpack

OURS = "relaykeeper"
"""The logger above all of ours."""


class Fields(TypedDict, total=False):
    """`correlation` names the tick or the HTTP call that began it all, `object` what is worked on (`certificate/prod`).

    `place` is a `relay@cluster`, `reason` the machine reason of a decision (docs/reasons.md). `attempt` counts how
    often the queue has handed out the message, this time included; above 1 a worker died on it.
    """

    correlation: str
    object: str
    place: str
    reason: str
    attempt: int


FIELD_NAMES = ("correlation", "object", "place", "reason", "attempt", "duration")
"""What a record may have, in the order of its text."""

present: ContextVar[tuple[Fields, float] | None] = ContextVar("present", default=None)
"""The fields, and the monotonic seconds when the innermost block began."""


@contextmanager
def step(**fields: Unpack[Fields]) -> Iterator[None]:
    """Give each line inside these fields, besides those of the blocks around it.

    `duration` is the seconds since the innermost block began, so that its last line says how long it took.
    """
    around, _ = present.get() or (Fields(), 0.0)
    token = present.set(({**around, **fields}, time.monotonic()))
    try:
        yield
    finally:
        present.reset(token)


def of_this_step[**P, T](call: Callable[P, T]) -> Callable[P, T]:
    """Return `call` for threads of our own: there too its lines belong to this step, and to this invocation."""
    here = copy_context()

    def there(*arguments: P.args, **options: P.kwargs) -> T:
        return here.copy().run(call, *arguments, **options)

    return there


class StepRecord(logging.LogRecord):
    """A record of ours: the fields are attributes; `getMessage` has them at the end, `LogRecord.getMessage` not."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if (now := present.get()) is not None:
            fields, began = now
            vars(self).update(fields, duration=round(time.monotonic() - began, 3))

    def getMessage(self) -> str:  # noqa: N802 the library's name
        said = " ".join(f"{name}={vars(self)[name]}" for name in FIELD_NAMES if name in vars(self))
        return f"{super().getMessage()} [{said}]" if said else super().getMessage()


def make_our_records() -> None:
    """Make records of our loggers as StepRecord; other loggers keep the factory that they had."""
    others = logging.getLogRecordFactory()

    def made(name: str | None, *arguments: Any, **options: Any) -> logging.LogRecord:
        kind = StepRecord if (name or "").partition(".")[0] == OURS else others
        return kind(name, *arguments, **options)

    logging.setLogRecordFactory(made)


make_our_records()

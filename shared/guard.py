"""The one place where an unforeseen exception becomes the failure of the one object that was being worked on.

Everything that is done for one object among others (a certificate, a place, a vault, a route) stands inside `guard`,
and so does each call of a port (`guarded`). What callers get is Unforeseen, a PermanentError like any other: they write
it down, show it or alert on it, and go on with the next object.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from types import TracebackType
from typing import Any

from shared.errors import RelaykeeperError, Unforeseen

log = logging.getLogger("relaykeeper.unforeseen")

LONGEST_SUBJECT = 100


@contextmanager
def guard(doing: str) -> Iterator[None]:
    """Turn an unforeseen exception inside into Unforeseen, and log its trace, once.

    `doing` says what was being done with which object. Failures that we know pass as they are; so does whatever ends
    the process (BaseException). The exception's own text is told nowhere, not even in the log: it may quote a key, a
    token or a stranger's bytes. Its type and the lines of code say where to look.
    """
    try:
        yield
    except RelaykeeperError:
        raise
    except Exception as error:
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        unforeseen = Unforeseen(
            f"unforeseen {name} while {doing}. This is a bug in Relaykeeper: report it with its trace, which is in "
            "the log"
        ).with_traceback(error.__traceback__)
        log.error("unforeseen %s while %s", name, doing, exc_info=unforeseen)
        raise unforeseen from None


def guarded(port: Any, name: str) -> Any:
    """Return a port, or a lease, whose methods raise nothing but failures that we know."""
    return port if isinstance(port, Guarded) else Guarded(port, name)


class Guarded:
    """Stands before a port or a lease: each call of a method is inside a guard of its own."""

    def __init__(self, inner: Any, name: str) -> None:
        self._inner, self._name = inner, name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):  # a copy has none of its own yet
            raise AttributeError(attribute)
        member = getattr(self._inner, attribute)
        return self._method(member, attribute) if callable(member) else member

    def _method(self, method: Callable[..., Any], attribute: str) -> Callable[..., Any]:
        @wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            doing = f"calling {self._name}.{attribute}{about(arguments)}"
            with guard(doing):
                result = method(*arguments, **options)
            return GuardedLease(result, doing) if isinstance(result, AbstractContextManager) else result

        return call


class GuardedLease:
    """A lease that is taken and given back inside a guard; what happens in between is its holder's."""

    def __init__(self, inner: AbstractContextManager[Any], doing: str) -> None:
        self._inner, self._doing = inner, doing

    def __enter__(self) -> Any:
        with guard(self._doing):
            return guarded(self._inner.__enter__(), "lease")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        with guard(self._doing):
            return self._inner.__exit__(kind, error, trace)


def about(arguments: tuple[Any, ...]) -> str:
    """Name what a call is about by its first argument, which is never a secret; nothing where that has no name."""
    first = arguments[0] if arguments else None
    name = first if isinstance(first, str) else getattr(first, "name", None)
    return f" for {name!r:.{LONGEST_SUBJECT}}" if isinstance(name, str) else ""

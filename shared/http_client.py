"""Why a request over HTTP got no answer, in words for an operator instead of a library's classes and addresses."""

import socket
import ssl
from collections.abc import Iterator

from urllib3 import exceptions


def why_no_answer(error: BaseException) -> str | None:
    """Say what stood in the way of an answer, from what requests, urllib3 and SDKs wrap; None if that is not known."""
    return next((words for cause in causes(error) if (words := in_words(cause)) is not None), None)


def in_words(cause: BaseException) -> str | None:  # noqa: C901, one flat table
    """Describe one exception that tells what happened; None for one that only wraps another."""
    match cause:
        case exceptions.NameResolutionError() | socket.gaierror():
            return "its name does not resolve"
        case exceptions.NewConnectionError():
            return None  # a ConnectTimeoutError to urllib3, whatever happened: what it wraps says what
        case exceptions.ConnectTimeoutError():
            return "no connection in time"
        case exceptions.ReadTimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message}"
        case ssl.SSLError(reason=str(reason)):
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        case OSError(strerror=str(words)):
            return words.lower()
        case exceptions.IncompleteRead():
            return "the connection broke within the answer"
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it wraps, the outermost first, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (getattr(cause, "inner_exception", None), getattr(cause, "reason", None), *cause.args)
        wrapped = (*inner, cause.__cause__, None if cause.__suppress_context__ else cause.__context__)
        waiting += [each for each in wrapped if isinstance(each, BaseException)]

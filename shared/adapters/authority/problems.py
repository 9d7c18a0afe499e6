"""The authority's refusals (RFC 8555, section 6.7), as errors that callers act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from shared.adapters.authority.exchange import Answer
from shared.adapters.authority.shapes import Problem
from shared.adapters.authority.words import in_words, read_problem
from shared.errors import AccountUnknown, OrderLost, PermanentError, RateLimited, RelaykeeperError, TransientError

NOT_FOUND, REQUEST_TIMEOUT, TOO_MANY_REQUESTS, SERVER_ERROR = 404, 408, 429, 500

PASSING = frozenset({"badNonce", "orderNotReady", "serverInternal"})
"""Types that a later look may find gone, whatever their status."""

ADVICE = {
    "badPublicKey": "Delete the account key's secret, so that a new account is registered.",
    "badSignatureAlgorithm": "Delete the account key's secret, so that a new account is registered.",
    "caa": "Let the name's CAA records (RFC 8659) allow this authority.",
    "externalAccountRequired": "Accounts there must be bound to another, which we cannot do; choose another issuer.",
    "rejectedIdentifier": "Take the name out of the certificate, or choose another issuer.",
    "unauthorized": "Look at the account: it may have been deactivated there.",
    "userActionRequired": "The authority's terms of service have changed: agree to them with this account's key.",
}
"""What a person can do, by type."""


class UnknownResource(PermanentError):
    """The authority knows nothing at this URL (any more)."""


def refusal(tried: str, answer: Answer, asker: str) -> RelaykeeperError:
    """Return the error for an answer that is not a 2xx. `asker` is the account (else the directory) that a limit holds
    back if the authority names nothing smaller."""
    problem = read_problem(answer.body)
    kind = problem.kind if problem else ""
    sentence = f"{tried}: answered {answer.status} {in_words(problem)}".rstrip()
    if kind == "accountDoesNotExist":
        return AccountUnknown(sentence)
    if answer.status == TOO_MANY_REQUESTS or kind == "rateLimited":
        return limited(sentence, answer.retry_after, held_back(problem, asker))
    if answer.status >= SERVER_ERROR or answer.status == REQUEST_TIMEOUT or kind in PASSING:
        return busy(sentence, answer.retry_after, asker)
    if answer.status == NOT_FOUND:
        return UnknownResource(sentence)
    if answer.location and answer.status < 400:
        return PermanentError(f"{sentence}: moved to {answer.location}. Write the new directory into the inventory.")
    return PermanentError(f"{sentence.removesuffix('.')}. {ADVICE[kind]}" if kind in ADVICE else sentence)


def limited(sentence: str, retry_after: timedelta | None, scope: str) -> RateLimited | PermanentError:
    """Return RateLimited; without a time to come back, as Let's Encrypt answers for a name that it has paused after
    failing for long, only a human can lift the limit."""
    if retry_after is not None:
        return RateLimited(sentence, retry_after, scope)
    return PermanentError(
        f"{sentence.removesuffix('.')}. The authority names no time to come back: somebody must lift this limit there. "
        "If it gave an address for that, its token is left out here; ask by hand with the same account key to see it."
    )


def busy(sentence: str, retry_after: timedelta | None, asker: str) -> TransientError:
    return TransientError(sentence) if retry_after is None else RateLimited(sentence, retry_after, asker)


def held_back(problem: Problem | None, asker: str) -> str:
    """Name what a limit holds back: the names that the problem names, else whoever asked."""
    parts = (problem, *(problem.subproblems or ())) if problem else ()
    return ", ".join(part.identifier.value for part in parts if part.identifier) or asker


@contextmanager
def lost_if_unknown() -> Iterator[None]:
    """Turn a 404 into OrderLost: what the order consists of lives and dies with it."""
    try:
        yield
    except UnknownResource as error:
        raise OrderLost(str(error)) from error

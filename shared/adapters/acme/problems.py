"""The authority's refusals (RFC 8555, section 6.7): in one line that may be shown, and as errors to act on."""

import re
from datetime import timedelta

import msgspec

from shared.adapters.acme.messages import AcmeProblem, Answer
from shared.errors import (
    AccountUnknown,
    OrderNotReady,
    PermanentError,
    RateLimited,
    RelaykeeperError,
    TransientError,
)
from shared.text import printable_line

LONGEST_PROBLEM = 800
"""Characters; an order for a hundred names can fail for a hundred reasons."""

REQUEST_TIMEOUT, TOO_MANY_REQUESTS, SERVER_ERROR = 408, 429, 500

GONE = frozenset({404, 410})

ABOUT_THE_REQUEST = frozenset({406, 411, 412, 413, 414, 415, 416, 417, 426, 431})
"""Statuses of 4xx that say nothing about whether the server knows the resource."""

SPECIFIC = frozenset(
    {
        "badCSR",
        "badPublicKey",
        "badSignatureAlgorithm",
        "caa",
        "compound",
        "connection",
        "dns",
        "externalAccountRequired",
        "incorrectResponse",
        "invalidContact",
        "rejectedIdentifier",
        "tls",
        "unsupportedContact",
        "unsupportedIdentifier",
        "userActionRequired",
    }
)
"""Types (section 6.7) that say what is wrong with a resource that the server knows. `malformed` and `unauthorized` do
not: servers answer them, with 400, 401 or 403, for an order that they do not know (any more)."""

PASSING = frozenset({"badNonce", "serverInternal"})
"""Types that a later look may find gone, whatever their status."""

VALIDATION = frozenset({"caa", "connection", "dns", "incorrectResponse", "tls"})
"""Types that say why a validation failed; some authorities answer them to the request that started it."""

ADVICE = {
    "badPublicKey": "Delete the account key's secret, so that a new account is registered.",
    "badSignatureAlgorithm": "Delete the account key's secret, so that a new account is registered.",
    "caa": "Let the name's CAA records (RFC 8659) allow this authority.",
    "externalAccountRequired": "Accounts there must be bound to another, which we cannot do; choose another issuer.",
    "rejectedIdentifier": "Take the name out of the certificate, or choose another issuer.",
    "unauthorized": "Look at the account: it may have been deactivated there.",
    "userActionRequired": "A person must act first: read the authority's terms of service and agree to them there.",
}
"""What a person can do, by type."""


class UnknownResource(PermanentError):
    """The authority answers as if nothing were at this URL: not yet, or no longer."""


class ValidationFailed(PermanentError):
    """The authority looked for the proof that we control the name, and did not find it."""


def acme_refusal(tried: str, answer: Answer, asker: str) -> RelaykeeperError:
    """Return the error for an answer that is not a 2xx. `asker` is the account (else the directory) that a limit holds
    back if the authority names nothing smaller."""
    problem = read_problem(answer.body)
    kind = problem.kind if problem else ""
    sentence = f"{tried}: answered {answer.status} {describe_acme_problem(problem)}".rstrip()
    if kind == "accountDoesNotExist":
        return AccountUnknown(sentence)
    if kind == "orderNotReady":
        return OrderNotReady(sentence)
    if answer.status == TOO_MANY_REQUESTS or kind == "rateLimited":
        return limited(sentence, answer.retry_after, held_back(problem, asker))
    if answer.status >= SERVER_ERROR or answer.status == REQUEST_TIMEOUT or kind in PASSING:
        return busy(sentence, answer.retry_after, asker)
    if answer.location and answer.status < 400:
        moved = without_queries(answer.location)
        return PermanentError(f"{sentence}: moved to {moved}. Write the new directory into the inventory.")
    page = page_of(problem)
    advice = [ADVICE.get(kind), None if page is None else f"See {page} (opened by hand, with what was left out here)."]
    message = ". ".join([sentence.removesuffix("."), " ".join(filter(None, advice))]) if any(advice) else sentence
    if kind in VALIDATION:
        return ValidationFailed(message)
    unknown = answer.status >= 400 and answer.status not in ABOUT_THE_REQUEST and kind not in SPECIFIC
    return UnknownResource(message) if unknown else PermanentError(message)


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


def held_back(problem: AcmeProblem | None, asker: str) -> str:
    """Name what a limit holds back: the names in the problem, else `asker`."""
    parts = (problem, *(problem.subproblems or ())) if problem else ()
    return ", ".join(part.identifier.value for part in parts if part.identifier) or asker


def read_problem(body: bytes) -> AcmeProblem | None:
    """Read a problem document; None if the body is something else, as a proxy's is."""
    try:
        return msgspec.json.decode(body, type=AcmeProblem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def describe_acme_problem(problem: AcmeProblem | None) -> str:
    """Return what the authority said: type, detail and each subproblem with its name. Empty for no problem."""
    if problem is None:
        return ""
    name = problem.identifier.value if problem.identifier else None
    said = ": ".join(part for part in (name, problem.kind, problem.detail or problem.title) if part)
    return without_queries("; ".join([said, *(describe_acme_problem(part) for part in problem.subproblems or ())]))


def page_of(problem: AcmeProblem | None) -> str | None:
    """Return the page where a person is to act (RFC 8555, section 7.3.3), fit to be shown; None for none on https."""
    if problem is None or problem.instance is None or not problem.instance.lower().startswith("https://"):
        return None
    return without_queries(problem.instance)


def without_queries(text: str) -> str:
    """Return text on one printable line, without the query strings of its URLs: Let's Encrypt puts tokens there."""
    return printable_line(re.sub(r"(?<=\S)\?\S+", "?...", printable_line(text)), LONGEST_PROBLEM)

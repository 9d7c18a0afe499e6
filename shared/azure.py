"""What the adapters of Azure services have in common: short waits, few retries, and one translation of failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from shared.errors import PermanentError, RateLimited, TransientError

CLIENT_OPTIONS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 2,
    "retry_connect": 1,
    "retry_read": 1,
    "retry_status": 0,
    "retry_backoff_factor": 0.2,
    "retry_backoff_max": 1,
    "logging_enable": False,
}
"""For every client's constructor. The SDKs' own defaults wait for minutes; our retry loop is the journal's."""

NOT_OURS_TO_MEND = frozenset({400, 401, 403, 404, 405, 409, 412, 413, 415})


@contextmanager
def translated(tried: str) -> Iterator[None]:
    """Turn what an SDK call raises into our errors. `tried` begins the sentence: `cannot read certificate x in vault y`.

    Callers catch first what means something else to them (404 as absence, 412 as somebody else's write).
    """
    try:
        yield
    except ClientAuthenticationError as error:
        raise PermanentError(f"{tried}: no access: {in_words(error)}. Check the identity and its role assignment.") from error
    except HttpResponseError as error:
        raise of_status(tried, error) from error
    except AzureError as error:
        raise TransientError(f"{tried}: {type(error).__name__}: {in_words(error)}") from error


def of_status(tried: str, error: HttpResponseError) -> PermanentError | TransientError:
    sentence = f"{tried}: answered {error.status_code}: {in_words(error)}"
    if error.status_code == 429:
        return RateLimited(sentence, retry_after(error), tried)
    if error.status_code == 403:
        return PermanentError(f"{sentence}. Check the identity and its role assignment.")
    return PermanentError(sentence) if error.status_code in NOT_OURS_TO_MEND else TransientError(sentence)


def retry_after(error: HttpResponseError) -> timedelta:
    """Return the wait that a 429 asks for (RFC 9110, section 10.2.3, in seconds as Azure gives it), else a minute."""
    asked = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return timedelta(seconds=int(asked)) if asked.isdigit() else timedelta(minutes=1)


def in_words(error: AzureError) -> str:
    """Return the service's message on one line, cut to a readable length."""
    words = " ".join(str(error.message or error).split())
    return words if len(words) <= 400 else f"{words[:400]}..."

"""What the adapters of Azure services have in common: short waits, few retries, and one translation of failures."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from shared.errors import PermanentError, RateLimited, TransientError
from shared.http_client import retry_after_or, why_no_answer
from shared.text import printable_line

CLIENT_OPTIONS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 2,
    "retry_connect": 1,
    "retry_read": 1,
    "retry_status": 0,
    "retry_backoff_factor": 0.2,
    "retry_backoff_max": 1,
    "initial_backoff": 0,
    "increment_base": 1,
    "random_jitter_range": 0,
    "logging_enable": False,
    "permit_redirects": False,
}
"""For every client's constructor. The SDKs' own defaults wait for minutes; our retry loop is the journal's.

Storage clients know no backoff factor but an initial backoff, to which they add `increment_base` to the power of the
retry's number, in seconds: here always one.
"""

KEY_VAULT_OPTIONS: dict[str, Any] = {**CLIENT_OPTIONS, "api_version": "7.6"}
DNS_OPTIONS: dict[str, Any] = {**CLIENT_OPTIONS, "api_version": "2018-05-01"}
STORAGE_OPTIONS: dict[str, Any] = {**CLIENT_OPTIONS, "api_version": "2025-11-05"}
"""For the constructors of a service's clients; storage is blobs and queues. The version of the service's API is pinned
because a new SDK would silently ask for a newer one than the tests know (docs/decisions/15-api-versions.md)."""

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
HOST = re.compile(r"[0-9a-z.:-]{1,253}")
PERMANENT_STATUSES = frozenset({400, 401, 403, 404, 405, 409, 412, 413, 415})
TOKEN_ENDPOINT_DOWN = re.compile(r"(?i)token request error: \(\w+\) (?:429|5\d\d)\b|timed out|connection")
"""azure-identity reports a temporary failure of the token endpoint (a limit, a 5xx, no answer) in its message alone."""

NO_REMEDIES: Mapping[str, str] = MappingProxyType({})

RETRY_AFTER = timedelta(minutes=1)
"""Before the next request after a 429 that names no wait."""

FIRST_REFUSAL = 400
LONGEST_BODY = 10_000
BODY_FIELDS = ("message", "Message", "error_description", "detail", "title", "error")
"""Where gateways and the identities' endpoint say what is wrong, if not in Azure's usual shape; the clearest first."""

OBJECTS = re.compile(
    r"<[\w.]+ object at 0x[0-9a-f]+>:? ?|HTTPS?ConnectionPool\([^()]*\):? ?|HTTPS?Connection\([^()]*\):? ?"
)
"""How the HTTP library names its own objects in its errors."""

LONGEST_AZURE_QUOTE = 600
"""Characters of a service's message; Key Vault's refusals name caller, action and resource in about 500."""


@contextmanager
def translated(
    tried: str, needs: str = "a role that allows it", remedies: Mapping[str, str] = NO_REMEDIES
) -> Iterator[None]:
    """Turn what an SDK call raises into our errors.

    `tried` begins the sentence: `cannot read certificate x in vault y`. `needs` is what the identity must have for it:
    `the role Key Vault Secrets User`. `remedies` says what to do about a 403 that no role helps against, by the code of
    its inner error. Callers catch first what means something else to them (404 as absence, 412 as
    another writer). The SDK's exception is not chained: its text may quote an answer, and with it a secret.
    """
    try:
        yield
    except AzureError as error:
        raise to_error(tried, needs, error, remedies) from None


def to_error(
    tried: str, needs: str, error: AzureError, remedies: Mapping[str, str] = NO_REMEDIES
) -> PermanentError | TransientError:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    sentence = f"{tried}: {no_answer(error) if status is None else f'answered {status}: {in_words(error)}'}"
    if status is not None and status in REDIRECTS:
        return PermanentError(
            f"{tried}: answered {status}, a redirect{redirect_target(error)}, which is not followed: no service of "
            f"Azure sends one. Check the address in the inventory or in the settings, and what answers there."
        )
    if status == 429 and isinstance(error, HttpResponseError):
        header = getattr(error.response, "headers", {}).get("Retry-After")
        return RateLimited(sentence, retry_after_or(RETRY_AFTER, header), tried)
    no_token = status is None and isinstance(error, ClientAuthenticationError)
    if isinstance(error, HttpResponseError) and is_web_page(error):
        kind = PermanentError if status in PERMANENT_STATUSES else TransientError
        return kind(
            f"{tried}: answered {status} with a web page, as a proxy or a gateway on the way sends it and the service "
            "does not. Let the Function App reach the service itself."
        )
    if status == 403 and isinstance(error, HttpResponseError) and (remedy := remedies.get(inner_code(error))):
        return PermanentError(f"{sentence.removesuffix('.')}. {remedy}.")
    if no_token or status in {401, 403}:
        kind = TransientError if no_token and TOKEN_ENDPOINT_DOWN.search(error.message) else PermanentError
        return kind(f"{sentence.removesuffix('.')}. Check that the identity exists and has {needs}.")
    return PermanentError(sentence) if status in PERMANENT_STATUSES else TransientError(sentence)


def redirect_target(error: AzureError) -> str:
    """Name the host to which an answer redirects, if that can be read. The rest of the URL may hold a secret."""
    location = getattr(getattr(error, "response", None), "headers", {}).get("Location", "")
    try:
        host = urlsplit(location).hostname or ""
    except ValueError:
        return ""
    return f" to {host}" if HOST.fullmatch(host) else ""


def inner_code(error: HttpResponseError) -> str:
    """Return the code of the inner error, which tells apart what status and code do not; empty if there is none."""
    inner = error.error.innererror if error.error else None
    return str((inner or {}).get("code") or "")


def is_web_page(error: HttpResponseError) -> bool:
    return content_type(error).startswith("text/html")


def content_type(error: HttpResponseError) -> str:
    headers = getattr(error.response, "headers", None) or {}
    return str(headers.get("Content-Type", "")).lower()


def is_container_missing(error: ResourceNotFoundError) -> bool:
    """Say whether it is not just the blob: that is for infrastructure to create."""
    return getattr(error, "error_code", None) == "ContainerNotFound"


def no_answer(error: AzureError) -> str:
    """Say what came instead of an answer, without the library's objects that its message names."""
    match error:
        case ServiceRequestTimeoutError():
            return f"no connection within {CLIENT_OPTIONS['connection_timeout']} s"
        case ServiceResponseTimeoutError():
            return f"no answer within {CLIENT_OPTIONS['read_timeout']} s"
        case ServiceRequestError() | ServiceResponseError() if (why := why_no_answer(error)) is not None:
            return f"no answer: {why}"
        case ServiceRequestError():
            return f"no connection: {OBJECTS.sub('', in_words(error))}"
        case ServiceResponseError():
            return f"the connection broke: {OBJECTS.sub('', in_words(error))}"
        case _:
            return f"{type(error).__name__}: {in_words(error)}"


def body_in_words(error: AzureError) -> str:
    """Return what the body of a refusal says that is not in Azure's usual shape: a field of JSON, or plain text.

    Nothing of an answer that is no refusal: it may hold what was asked for.
    """
    if not isinstance(error, HttpResponseError) or isinstance(error, DecodeError) or error.response is None:
        return ""
    if (error.status_code or 0) < FIRST_REFUSAL:
        return ""
    try:
        text = error.response.text()[:LONGEST_BODY]
    except (AzureError, UnicodeError, LookupError):
        return ""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text if content_type(error).startswith("text/plain") else ""
    fields = [body.get(field) for field in BODY_FIELDS] if isinstance(body, dict) else [body]
    return next((field for field in fields if isinstance(field, str) and field.strip()), "")


def in_words(error: AzureError) -> str:
    """Return the service's message on one line, cut to a readable length; without a code's and body's repetitions."""
    said = error.error.message if isinstance(error, HttpResponseError) and error.error else None
    return printable_line(str(said or body_in_words(error) or error.message), LONGEST_AZURE_QUOTE)

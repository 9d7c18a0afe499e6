"""Failures of Azure SDK calls in our own terms."""

import json
import traceback
from collections.abc import Mapping
from datetime import timedelta
from socket import gaierror
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.storage.blob import ExponentialRetry
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError, ProtocolError

from shared.azure import CLIENT_OPTIONS, LONGEST_AZURE_QUOTE, NO_REMEDIES, translated
from shared.errors import PermanentError, RateLimited, RelaykeeperError, TransientError

TRIED = "cannot read certificate mail in vault dev"


def answer(status: int, body: str = "", **headers: str) -> Any:
    """Return an SDK's response object, as far as its errors look at it."""
    return SimpleNamespace(status_code=status, reason="Because", headers=headers, text=lambda: body)


def refused(status: int, message: str = "No.", inner: str | None = None, **headers: str) -> HttpResponseError:
    """Return the SDK's error for an answer in Azure's usual shape."""
    error: dict[str, object] = {"code": "SomeCode", "message": message}
    if inner is not None:
        error["innererror"] = {"code": inner}
    return HttpResponseError(response=answer(status, json.dumps({"error": error}), **headers))


def new_connection(cause: OSError) -> NewConnectionError:
    """Return what urllib3 raises where it gets no connection."""
    error = NewConnectionError(HTTPSConnection("vault.example.net"), "failed")
    error.__cause__ = cause
    return error


def wrapping(kind: type[AzureError], cause: Exception) -> AzureError:
    """Return the SDK's error around what its transport raised."""
    return kind("HTTPSConnectionPool(host='x', port=443): Max retries exceeded", error=cause)


def translation(
    error: AzureError, needs: str = "the role Reader", remedies: Mapping[str, str] = NO_REMEDIES
) -> RelaykeeperError:
    """Return what `error` becomes."""
    with pytest.raises(RelaykeeperError) as raised, translated(TRIED, needs, remedies):
        raise error
    return raised.value


@pytest.mark.parametrize("header", ["9" * 30, "9" * 5000, "\u00b2", "\u0663", "-1", "soon"])
def test_a_wait_that_cannot_be_one_is_a_minute(header: str) -> None:
    error = translation(refused(429, **{"Retry-After": header}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412])
def test_what_was_refused_is_permanent(status: int) -> None:
    error = translation(refused(status, "Not this way."))

    assert type(error) is PermanentError
    assert str(error).startswith(f"{TRIED}: answered {status}: Not this way.")


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_what_may_pass_is_transient(status: int) -> None:
    assert type(translation(refused(status))) is TransientError


POOL = "HTTPSConnectionPool(host='dev.vault.azure.net', port=443): "


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServiceRequestError("refused"), "no connection: refused"),
        (
            ServiceRequestError("<urllib3.connection.HTTPSConnection object at 0x7f00>: Failed to resolve 'dev'"),
            "no connection: Failed to resolve 'dev'",
        ),
        (ServiceResponseError("cut off"), "the connection broke: cut off"),
        (ServiceRequestTimeoutError(f"{POOL}Connection timed out. (connect timeout=5)"), "no connection within 5 s"),
        (ServiceResponseTimeoutError(f"{POOL}Read timed out. (read timeout=20)"), "no answer within 20 s"),
    ],
)
def test_a_broken_connection_is_transient_and_said_in_our_words(error: AzureError, words: str) -> None:
    translated_error = translation(error)

    assert type(translated_error) is TransientError
    assert str(translated_error) == f"{TRIED}: {words}"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ('{"Message": "Too many certificates."}', "application/json", "Too many certificates."),
        (
            '{"error": "invalid_request", "error_description": "No such\\nidentity"}',
            "application/json",
            "No such identity",
        ),
        ('{"error": "invalid_request"}', "application/json", "invalid_request"),
        ('"a bare word"', "application/json", "a bare word"),
        ("upstream says\x1b[31m no", "text/plain; charset=utf-8", "upstream says [31m no"),
        ("x" * 20_000, "text/plain", "x" * LONGEST_AZURE_QUOTE + "..."),
        ("", "text/plain", "Operation returned an invalid status 'Because'"),
        ("\x00\x01", "application/octet-stream", "Operation returned an invalid status 'Because'"),
        ("[" * 9_000, "application/json", "Operation returned an invalid status 'Because'"),
    ],
)
def test_a_body_of_another_shape_still_says_why(body: str, kind: str, words: str) -> None:
    error = translation(HttpResponseError(response=answer(400, body, **{"Content-Type": kind})))

    assert str(error) == f"{TRIED}: answered 400: {words}"


def test_a_missing_right_is_named() -> None:
    error = translation(refused(403, "Forbidden."), needs="the role Key Vault Reader")

    assert str(error).endswith("Forbidden. Check that the identity exists and has the role Key Vault Reader.")


@pytest.mark.parametrize(("inner", "end"), [("Walled", "Open the wall."), ("Other", "the role Reader."), (None, "r.")])
def test_an_inner_code_has_its_own_remedy(inner: str | None, end: str) -> None:
    error = translation(refused(403, "Forbidden.", inner), remedies={"Walled": "Open the wall"})

    assert type(error) is PermanentError
    assert str(error).startswith(f"{TRIED}: answered 403: Forbidden. ")
    assert str(error).endswith(end)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, PermanentError), (401, PermanentError), (403, PermanentError), (503, TransientError)]
)
def test_a_web_page_is_not_the_service_s_and_is_not_quoted(status: int, kind: type[RelaykeeperError]) -> None:
    page = answer(status, "<html>Blocked by the proxy</html>", **{"Content-Type": "text/html"})

    error = translation(HttpResponseError(response=page))

    assert type(error) is kind
    assert f"answered {status} with a web page" in str(error)
    assert "<html>" not in str(error)
    assert "role" not in str(error)


@pytest.mark.parametrize(
    "words",
    [
        "Token request error: (invalid_scope) 429, Too many requests",
        "Token request error: (invalid_scope) 500, Internal error",
        "HTTPConnectionPool(host='127.0.0.1', port=41000): Read timed out. (read timeout=20)",
        "HTTPConnection(host='127.0.0.1', port=41000): Failed to establish a new connection: Connection refused",
        "('Connection broken: IncompleteRead(12 bytes read, 13 more expected)')",
    ],
)
def test_an_identity_endpoint_that_is_ill_is_transient_and_says_what_to_check(words: str) -> None:
    error = translation(ClientAuthenticationError(f"Attempted credentials:\n\tManagedIdentityCredential: {words}"))

    assert type(error) is TransientError
    assert f"{words}. Check that the identity exists" in str(error)


@pytest.mark.parametrize(
    "words", ["no managed identity endpoint found.", "Token request error: (invalid_scope) 400, None"]
)
def test_an_identity_that_gets_no_token_is_permanent(words: str) -> None:
    error = translation(ClientAuthenticationError(words))

    assert type(error) is PermanentError
    assert f"{words.removesuffix('.')}. Check that the identity exists" in str(error)


def test_an_identity_service_that_is_ill_is_transient() -> None:
    assert type(translation(ClientAuthenticationError(response=answer(503)))) is TransientError


@pytest.mark.parametrize(("headers", "wait"), [({"Retry-After": "7"}, 7), ({}, 60), ({"Retry-After": "soon"}, 60)])
def test_too_many_requests_say_how_long_to_wait(headers: dict[str, str], wait: int) -> None:
    error = translation(refused(429, **headers))

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=wait)


def test_a_service_is_quoted_once_on_one_line_and_not_for_ever() -> None:
    assert str(translation(refused(400, "a\r\nb"))) == f"{TRIED}: answered 400: a b"
    assert len(str(translation(refused(400, "x" * 10_000)))) < LONGEST_AZURE_QUOTE + 100


def test_an_answer_that_cannot_be_parsed_is_not_shown() -> None:
    error = translation(DecodeError("JSON is invalid", response=answer(200, '{"value": "canary"')))

    assert type(error) is TransientError
    assert "canary" not in "".join(traceback.format_exception(error))


def test_storage_clients_wait_no_longer_than_others() -> None:
    retry = ExponentialRetry(**CLIENT_OPTIONS)

    assert retry.total_retries <= 2
    assert max(retry.get_backoff_time({"count": count}) for count in (1, 2)) <= 1


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            ServiceResponseTimeoutError("HTTPSConnectionPool(host='x', port=443): Read timed out."),
            "no answer within 20 s",
        ),
        (ServiceRequestTimeoutError("HTTPSConnectionPool(host='x', port=443)"), "no connection within 5 s"),
        (
            wrapping(ServiceRequestError, ConnectionRefusedError(111, "Connection refused")),
            "no answer: connection refused",
        ),
        (wrapping(ServiceRequestError, new_connection(ConnectionRefusedError(111, "Refused"))), "no answer: refused"),
        (wrapping(ServiceRequestError, gaierror(-2, "unknown")), "no answer: its name does not resolve"),
        (
            wrapping(
                ServiceResponseError, RequestsConnectionError(ProtocolError("x", ConnectionResetError(104, "Reset")))
            ),
            "no answer: reset",
        ),
    ],
)
def test_a_missing_answer_has_an_error_in_our_words(error: AzureError, says: str) -> None:
    translated_error = translation(error)

    assert type(translated_error) is TransientError
    assert str(translated_error) == f"{TRIED}: {says}"

"""Call the app's HTTP API: as an identity of Entra ID, or with a function key from the environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.errors import PermanentError, TransientError
from shared.http_client import TimeLimits, read_at_most, send_request
from shared.text import printable_line

URL_SETTING = "RELAYKEEPER_APP_URL"
APP_ID_SETTING = "RELAYKEEPER_APP_ID"
KEY_SETTING = "RELAYKEEPER_FUNCTION_KEY"

LARGEST_ANSWER = 16 * 1024 * 1024
LIMITS = TimeLimits(connection=10, pause=230, total=240)
"""Azure ends a call after 230 seconds."""

MOST_ERRORS = 100

REMEDIES: Mapping[int, str] = {
    401: ". The function key is wrong, or Easy Auth wants a token: give --app-id",
    404: ". Is it the URL of the app, and is its release new enough?",
}
"""What to do about what the platform itself answers, without a body."""


@dataclass(frozen=True, slots=True)
class App:
    """Where the app is, and the headers that say who calls."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


def find_app(url: str | None, app_id: str | None) -> App:
    """Return the app at a URL, or at what the environment says. Raises PermanentError if it is not known where it is or
    as whom to call it, TransientError if no token can be had."""
    named = (url or os.environ.get(URL_SETTING, "")).rstrip("/")
    if not named:
        raise PermanentError(f"it is not known where the app is: give --app URL, or set {URL_SETTING}")
    require_protected(named)
    if identity := app_id or os.environ.get(APP_ID_SETTING, ""):
        return App(named, {"authorization": f"Bearer {token_for(identity)}"})
    if key := os.environ.get(KEY_SETTING, ""):
        return App(named, {"x-functions-key": key})
    raise PermanentError(
        f"it is not known as whom to call {named}: give --app-id ID, the application (client) id of the app's "
        f"registration in Entra ID, or set {APP_ID_SETTING}; without Easy Auth set {KEY_SETTING} to a function key"
    )


def require_protected(url: str) -> None:
    """Raise PermanentError for a URL at which token or key could be read on the way: only this machine needs no TLS."""
    try:
        parts = urlsplit(url)
        here = parts.scheme == "http" and is_loopback(parts.hostname or "")
        usable = bool(parts.hostname) and (parts.scheme == "https" or here)
        if usable and not (parts.username or parts.query or parts.fragment or parts.path):
            return
    except ValueError:
        pass
    raise PermanentError(
        "what is given is not the URL of an app: it must be https://HOST, for example https://APP.azurewebsites.net, "
        "with no path, user name or query"
    )


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def token_for(app_id: str) -> str:
    """Return a token for the app, of the identity that runs this, as `DefaultAzureCredential` finds it."""
    from azure.core.exceptions import ClientAuthenticationError

    from shared.compose_vaults import credential, quiet_libraries

    quiet_libraries()
    scope = f"{app_id}/.default" if "://" in app_id else f"api://{app_id}/.default"
    try:
        return credential().get_token(scope).token
    except ClientAuthenticationError as error:
        why = printable_line(error.message.partition("\n")[0])
        raise PermanentError(
            f"cannot get a token for {scope}: {why}. Log in (az login), or give the pipeline's identity an app role"
        ) from None


def post(app: App, path: str, body: object) -> Any:
    """Return the document that the app answers. Raises PermanentError with the app's own words if it refuses,
    TransientError if it does not answer or is busy."""
    tried = f"cannot ask {app.url}/api/{path}"
    headers = {**app.headers, "content-type": "application/json", "accept": "application/json"}

    def read(response: requests.Response) -> tuple[int, str, bytes]:
        return response.status_code, response.headers.get("retry-after", ""), read_at_most(response, LARGEST_ANSWER)

    sent = json.dumps(body).encode()
    status, retry_after, text = send_request(
        "POST", f"{app.url}/api/{path}", tried, read, LIMITS, headers=headers, body=sent
    )
    if status == HTTPStatus.OK:
        return read_document(tried, text)
    raise refusal(tried, status, retry_after, text)


def read_document(tried: str, text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise PermanentError(f"{tried}: the answer is no JSON; is it the URL of the app?") from None


def refusal(tried: str, status: int, retry_after: str, text: bytes) -> PermanentError | TransientError:
    """Return what the app said in its problem (RFC 9457); the platform itself answers some calls without one."""
    try:
        problem = json.loads(text)
        errors = [error_line(each) for each in problem.get("errors", ())[:MOST_ERRORS]]
        message = "\n  ".join(map(printable_line, [f"{tried}: {problem['detail']}", *errors]))
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"{tried}: status {status}{REMEDIES.get(status, '')}"
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        wait = f" (try again in {printable_line(retry_after)} s)" if retry_after else ""
        return TransientError(f"{message}{wait}")
    return PermanentError(message)


def error_line(error: Mapping[str, str]) -> str:
    return f"{error.get('parameter') or error.get('pointer', '')}: {error['detail']}"

"""Alerts sent to people and to what notifies them: Alertmanager, Slack, Teams, webhooks."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

import requests

from shared.adapters.notifications.formats import (
    ALERTMANAGER_PATH,
    alertmanager_body,
    slack_body,
    teams_body,
    webhook_body,
    webhook_signature,
)
from shared.domain.alerting.notification import Notification
from shared.errors import PermanentError, RateLimited, TransientError
from shared.http_client import TimeLimits, read_at_most, retry_after_or, send_request
from shared.inventory import Alerts, Route, SecretReference
from shared.text import printable_line

type Body = Callable[[Notification, str | None], bytes]

BODIES: Mapping[str, Body] = {
    "alertmanager": alertmanager_body,
    "slack": slack_body,
    "teams": teams_body,
    "webhook": webhook_body,
}

ROUTE_TIME_LIMITS = TimeLimits(connection=5.0, pause=10.0, total=20.0)

MOST_READ = 4096
"""Bytes of a refusal that are read to quote it."""

LONGEST_ANSWER_QUOTE = 200
SHORTEST_SECRET = 6
"""Characters: shorter parts of a URL give nothing away."""

ROUTE_RETRY_AFTER = timedelta(minutes=1)
"""Before the next request after a 429 that names no wait."""

LATER = frozenset({408, 425, 500, 502, 503, 504})


class RoutedNotifier:
    """Implements ports.Notifier: each route's notification in its kind's format, sent to each of its URLs.

    URLs and keys are read when they are needed, and not kept. A vault that gives no answer is asked once: routes whose
    URLs are in other vaults do not wait for it again.
    """

    def __init__(self, alerts: Alerts, secret: Callable[[SecretReference], str | None]) -> None:
        """`alerts` is the inventory's; `secret` reads a secret from its vault."""
        self._alerts = alerts
        self._secret = secret
        self._silent: dict[str, TransientError] = {}

    def send(self, route: str, notification: Notification) -> None:
        wanted = self._alerts.routes[route]
        content = BODIES[wanted.kind](notification, self._alerts.runbook)
        failures = [failure for url in wanted.urls if (failure := self._failure(wanted, url, content, notification))]
        if len(failures) == 1:
            raise failures[0]
        if failures:
            kind = PermanentError if all(isinstance(each, PermanentError) for each in failures) else TransientError
            raise kind("; ".join(str(failure).rstrip(".") for failure in failures))

    def ping(self, url: SecretReference) -> None:
        post(self._value(url), b"", f"cannot ping the heartbeat's URL of {url}")

    def _failure(
        self, route: Route, url: SecretReference, content: bytes, notification: Notification
    ) -> PermanentError | TransientError | None:
        """Send to one URL, and return what stood in the way, so that the others are tried too."""
        plain = route.kind == "alertmanager"
        try:
            key = None if route.signing_key is None else self._value(route.signing_key)
            headers = {} if key is None else webhook_signature(content, key, notification)
            path = ALERTMANAGER_PATH if plain else ""
            address = f"{self._value(url).rstrip('/')}{path}" if plain else self._value(url)
            post(address, content, f"cannot tell {route.kind} {url}", headers, plain=plain)
        except (PermanentError, TransientError) as failure:
            return failure
        return None

    def _value(self, reference: SecretReference) -> str:
        value = self._read(reference)
        if value is None:
            raise PermanentError(f"there is no secret {reference}, which alerts need. Store it.")
        return value.strip()

    def _read(self, reference: SecretReference) -> str | None:
        if reference.vault in self._silent:
            raise self._silent[reference.vault]
        try:
            return self._secret(reference)
        except TransientError as failure:
            self._silent[reference.vault] = failure
            raise


def post(url: str, body: bytes, tried: str, headers: Mapping[str, str] | None = None, *, plain: bool = False) -> None:
    """Send JSON once; any 2xx will do. `plain` allows http.

    Raises our errors, which begin with `tried` and do not show the URL: a secret that lets anybody send in our name.
    """
    address = checked_url(url, tried, plain=plain)
    where = f"{tried} at {address.hostname}"
    sent = {"Content-Type": "application/json", "User-Agent": "relaykeeper", **(headers or {})}

    def require_taken(response: requests.Response) -> None:
        if response.status_code // 100 != 2:
            raise receiver_refusal(where, response, quoted_refusal(response, address))

    send_request("POST", url, where, require_taken, ROUTE_TIME_LIMITS, headers=sent, body=body)


def checked_url(url: str, tried: str, *, plain: bool) -> SplitResult:
    """Take the URL apart. Raises PermanentError if it is none that may be used."""
    try:
        address = urlsplit(url)
        if address.hostname and address.port != 0 and address.scheme in ("https", *(("http",) if plain else ())):
            return address
    except ValueError:
        pass
    allowed = "https or http" if plain else "https"
    raise PermanentError(f"{tried}: its secret does not hold an {allowed} URL. Store the URL there, and nothing else.")


def receiver_refusal(where: str, response: requests.Response, said: str) -> PermanentError | TransientError:
    sentence = f"{where}: answered {response.status_code}{f': {said}' if said else ''}"
    if response.status_code == 429:
        return RateLimited(sentence, retry_after_or(ROUTE_RETRY_AFTER, response.headers.get("Retry-After")), where)
    return TransientError(sentence) if response.status_code in LATER else PermanentError(sentence)


def quoted_refusal(response: requests.Response, address: SplitResult) -> str:
    """Return the beginning of an answer on one printable line, without any part of the URL that it may quote."""
    line = printable_line(read_at_most(response, MOST_READ).decode(errors="replace"))
    for part in sorted(secret_parts(address), key=len, reverse=True):
        line = line.replace(part, "...")
    return line if len(line) <= LONGEST_ANSWER_QUOTE else f"{line[:LONGEST_ANSWER_QUOTE]}..."


def secret_parts(address: SplitResult) -> set[str]:
    parts = [*address.path.split("/"), *address.query.replace("=", "&").split("&"), address.username, address.password]
    return {part for part in parts if part and len(part) >= SHORTEST_SECRET}

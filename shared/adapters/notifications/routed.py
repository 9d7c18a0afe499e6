"""The port: each route's news, laid out for its kind, sent to each of its URLs."""

from collections.abc import Callable, Mapping

from shared.adapters.notifications import alertmanager, slack, teams, webhook
from shared.adapters.notifications.posting import post
from shared.domain.alerting.notification import Notification
from shared.errors import PermanentError, TransientError
from shared.inventory import Alerts, Route, SecretReference

type Body = Callable[[Notification, str | None], bytes]

BODIES: Mapping[str, Body] = {
    "alertmanager": alertmanager.body,
    "slack": slack.body,
    "teams": teams.body,
    "webhook": webhook.body,
}


class RoutedNotices:
    """Implements ports.Notices. URLs and keys are read when they are needed, and not kept.

    A vault that gives no answer is waited for once: routes whose URLs are elsewhere are not to wait for it.
    """

    def __init__(self, alerts: Alerts, secret: Callable[[SecretReference], str | None]) -> None:
        """`alerts` is the inventory's; `secret` reads a secret from its vault."""
        self._alerts = alerts
        self._secret = secret
        self._silent: dict[str, TransientError] = {}

    def tell(self, route: str, news: Notification) -> None:
        wanted = self._alerts.routes[route]
        content = BODIES[wanted.kind](news, self._alerts.runbook)
        failures = [failure for url in wanted.urls if (failure := self._failure(wanted, url, content, news))]
        if len(failures) == 1:
            raise failures[0]
        if failures:
            kind = PermanentError if all(isinstance(each, PermanentError) for each in failures) else TransientError
            raise kind("; ".join(str(failure).rstrip(".") for failure in failures))

    def ping(self, url: SecretReference) -> None:
        post(self._value(url), b"", f"cannot ping the heartbeat's URL of {url}")

    def _failure(
        self, route: Route, url: SecretReference, content: bytes, news: Notification
    ) -> PermanentError | TransientError | None:
        """Send to one URL, and return what stood in the way, so that the others are tried too."""
        plain = route.kind == "alertmanager"
        try:
            key = None if route.signing_key is None else self._value(route.signing_key)
            headers = {} if key is None else webhook.signature(content, key, news)
            path = alertmanager.PATH if plain else ""
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

"""The receivers' site: each takes what its documentation says, and keeps it.

`GET /_received` lists what was taken, oldest first: `[{"by": "slack", "body": {...}}]`; `DELETE /_received` drops it.
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from infra.local.standins.receivers.shapes import SlackMessage, TeamsMessage, WebhookMessage, why_not
from infra.local.standins.serving import Listener
from infra.local.standins.tokens import ANONYMOUS
from infra.local.standins.web import Answer, RefusalError, Request, Route, Site

LARGEST_CARD = 28 * 1024
"""Bytes that Teams takes."""

LATEST = 300
"""Seconds after its signing a webhook's message may arrive."""


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file: what must stand in the URL of each, and the webhook's signing key."""

    listener: Listener
    slack: str = field(repr=False)
    teams: str = field(repr=False)
    webhook: str = field(repr=False)
    signing_key: str = field(repr=False)
    ping: str = field(repr=False)

    @property
    def slack_url(self) -> str:
        return f"{self.listener.origin}/services/T0LOCAL/B0LOCAL/{self.slack}"

    @property
    def teams_url(self) -> str:
        run = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
        return f"{self.listener.origin}/workflows/local/triggers/manual/paths/invoke?{run}&sig={self.teams}"

    @property
    def webhook_url(self) -> str:
        return f"{self.listener.origin}/hooks/{self.webhook}"

    @property
    def ping_url(self) -> str:
        return f"{self.listener.origin}/ping/{self.ping}"


@dataclass(frozen=True, slots=True)
class Receivers:
    """What was taken, in one list for all: appending to it is atomic."""

    config: Config
    taken: list[dict[str, Any]] = field(default_factory=list)

    def take(self, by: str, request: Request, status: int) -> Answer:
        self.taken.append({"by": by, "body": json.loads(request.body or b"null")})
        return Answer(status)


def receivers_site(config: Config) -> Site:
    receivers = Receivers(config)
    return Site(
        name="receivers",
        routes=[
            Route("POST", "/services/{team}/{channel}/{token}", partial(slack, receivers)),
            Route("POST", "/workflows/{workflow}/triggers/manual/paths/invoke", partial(teams, receivers)),
            Route("POST", "/hooks/{token}", partial(webhook, receivers)),
            Route("POST", "/ping/{token}", partial(ping, receivers)),
        ],
        authenticate=lambda _: ANONYMOUS,
        refuse=refuse,
        controls=[
            Route("GET", "/_received", lambda _: Answer(200, list(receivers.taken))),
            Route("DELETE", "/_received", partial(drop_received, receivers)),
        ],
        secret_paths=True,
    )


def slack(receivers: Receivers, request: Request, token: str, **_: str) -> Answer:
    """Answers 403 to a token that is not its own, 400 to a body that it cannot read."""
    known(token, receivers.config.slack)
    shaped(request, SlackMessage)
    return receivers.take("slack", request, 200)


def teams(receivers: Receivers, request: Request, **_: str) -> Answer:
    """Answers 202: a Workflow runs later."""
    known(request.query.get("sig", ""), receivers.config.teams)
    counted = len(json.dumps(request.body.decode(errors="replace")))  # what the Workflow makes of it: text in JSON
    if counted > LARGEST_CARD:
        raise RefusalError(refuse(413, "PayloadTooLarge", f"{counted} bytes are more than {LARGEST_CARD}."))
    shaped(request, TeamsMessage)
    return receivers.take("teams", request, 202)


def webhook(receivers: Receivers, request: Request, token: str) -> Answer:
    """Answers 401 to what is not signed with the key, or was signed long ago."""
    known(token, receivers.config.webhook)
    stamp = request.headers.get("X-Relaykeeper-Timestamp", "")
    signed = hmac.new(receivers.config.signing_key.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256)
    given = request.headers.get("X-Relaykeeper-Signature", "")
    if not hmac.compare_digest(given.encode(), f"sha256={signed.hexdigest()}".encode()):
        raise RefusalError(refuse(401, "BadSignature", "X-Relaykeeper-Signature is not that of the body."))
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > LATEST:
        raise RefusalError(refuse(401, "Stale", "X-Relaykeeper-Timestamp is not of these minutes."))
    shaped(request, WebhookMessage)
    return receivers.take("webhook", request, 204)


def ping(receivers: Receivers, request: Request, token: str) -> Answer:
    known(token, receivers.config.ping)
    return receivers.take("ping", request, 200)


def drop_received(receivers: Receivers, _: Request) -> Answer:
    receivers.taken.clear()
    return Answer(204)


def known(given: str, token: str) -> None:
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise RefusalError(refuse(403, "InvalidToken", "This URL is nobody's."))


def shaped(request: Request, shape: type[object]) -> None:
    if request.headers.get_content_type() != "application/json":
        raise RefusalError(refuse(415, "UnsupportedMediaType", "Content-Type must be application/json."))
    if (wrong := why_not(request.body, shape)) is not None:
        raise RefusalError(refuse(400, "InvalidPayload", wrong))


def refuse(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": code, "message": message})

"""What the OpenAPI document says whatever the operations are: its preface, tags, ways to authenticate, and headers."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.api.auth import Role
from shared.api.handler import CORRELATION

PREFACE = """
Relaykeeper renews mail relays' TLS certificates, and is done when every replica of every relay serves the new one. It
brings the passwords of SMTP clients to the relays, and is done when every replica accepts them.

**Changes.** A renewal, a rollback, a release or a delivery becomes a *request*: it uses the same queue and the same
lease as the schedule, and the response is 202 with a `Location`. GET that until `state` is `done` or `failed`, every
few seconds at first. A request like an open one joins it, so a second call has no second effect. Every other change
takes effect before the response. Each needs a reason, which the history keeps together with the caller.

**Terms.** A *version* is a version of the certificate, or of the client's secret, in Key Vault. A *thumbprint* is the
SHA-256 of the leaf's DER in lower-case hex. A *place* is a relay in a cluster, written `relay@cluster`. A *tick* is a
run of the renewal timer, a *watch* a run of the timer that observes and alerts. Times are RFC 3339 with an offset, in
UTC. Texts called `reason`, `message`, `error` or `detail` are for people and may quote other systems: show them, do not
parse them.

**Problems** are `application/problem+json` (RFC 9457) with a stable `type`. 429 and 503 say in `Retry-After` when to
retry; no other problem is worth retrying unchanged. The platform answers a path or method that is not listed here with
404, without a body.

**Compatibility.** Members may be added to responses; existing ones keep their names and meanings. Responses must not be
cached.
"""

SERVERS = ({"url": "/", "description": "The function app that serves this document"},)

TAGS: Sequence[Mapping[str, str]] = (
    {"name": "certificates", "description": "Their state, and what people may request for them."},
    {"name": "clients", "description": "Services that log in to relays: where each is accepted. Never a password."},
    {"name": "relays", "description": "Their clients, which logins they took, and what their replicas answer."},
    {"name": "requests", "description": "What people requested, and its progress."},
    {"name": "pauses", "description": "The kill switch: what is not changed for a while."},
    {"name": "ticks", "description": "A tick that is asked for, where the timer does not fire."},
    {"name": "plan", "description": "What the next tick would do."},
    {"name": "plans", "description": "What an inventory would change that is not deployed yet."},
    {"name": "history", "description": "Who did what, when and why."},
    {"name": "metrics", "description": "For Prometheus."},
    {"name": "health", "description": "For probes."},
    {"name": "openapi.json", "description": "This description."},
    {"name": "alerts", "description": "What the last watch found, and a test of the routes to people."},
)

SECURITY: Mapping[Role, Any] = {
    "reader": [{"entra": ["reader"]}, {"key": []}],
    "operator": [{"entra": ["operator"]}, {"key": []}],
    "ticker": [{"entra": ["ticker"]}, {"key": []}],
}

SCHEMES = {
    "entra": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With Easy Auth on: a token of Entra ID for this app, with the app role `reader`, `operator` or "
        "`ticker`; an operator is a reader and a ticker too.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "With Easy Auth off: a function key, in this header only; in the URL (`?code=`) it is refused. "
        "It does not say who calls, so changes are refused unless the setting "
        "RELAYKEEPER_KEYS_MAY_CHANGE is true.",
    },
}

PARAMETERS = {
    "correlation": {
        "name": CORRELATION,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "example": "change-1234",
        "description": "Your own id for this call: 8 to 64 letters, digits, `.`, `_` or `-`; any other is replaced by "
        "a new one. Without it, `x-ms-client-request-id` or the trace id of `traceparent` is taken.",
    }
}

HEADERS = {
    CORRELATION: {
        "description": "The call's id in log lines and audit records: the caller's own if it sent one. Missing only if "
        "the platform itself responds.",
        "schema": {"type": "string"},
        "example": "change-1234",
    },
    "retry-after": {
        "description": "Seconds after which to retry.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 30,
    },
    "www-authenticate": {
        "description": "Missing if the platform itself responds.",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
}

LOCATIONS: Mapping[int, Any] = {
    201: {
        "description": "URL of the new resource, relative to this host. DELETE ends it; the list contains it.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/pauses/0a1b2c3d4e5f",
    },
    202: {
        "description": "URL of the request, relative to this host. GET it to follow its progress to the end.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/requests/20261122T120000Z-0a1b2c3d",
    },
}

PROBLEM_NOTES: Mapping[int, str] = {
    401: " A missing or wrong function key is answered by the platform itself: 401 without a body.",
    413: " The description of the operation's body says how many bytes are read.",
    429: " Retry after `Retry-After` seconds.",
    503: " Retry after `Retry-After` seconds.",
}
PROBLEM_HEADERS: Mapping[int, tuple[str, ...]] = {
    401: ("www-authenticate",),
    429: ("retry-after",),
    503: ("retry-after",),
}

"""What the OpenAPI document says beside the operations: of the whole, of who may call, of headers and tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.api.correlation import CORRELATION
from shared.api.principal import Role

DESCRIPTION = """
Relaykeeper renews mail relays' TLS certificates, and is done when every replica of every relay serves the new one.

**Changing something.** A renewal, a rollback or a release becomes a *request*: it goes through the same queue and the
same lease as the schedule, and is answered 202 with a `Location`. GET that until `state` is `served` or `failed`, every
few seconds at first. A request like one that is under way joins it, so asking twice does nothing twice. A pause and a
test alert take effect before they are answered. Each gives a reason, which the history keeps with who asked.

**Words.** A *version* is a version of the certificate in Key Vault. A *thumbprint* is the SHA-256 of the leaf's DER in
lower-case hex. A *place* is a relay in a cluster, written `relay@cluster`. A *tick* is a run of the renewal timer, a
*watch* one of the timer that looks and alerts. Moments are RFC 3339 with an offset, in UTC. Texts called `reason`,
`words`, `error` or `detail` are for people, in the words of whoever refused: show them, do not parse them.

**Problems** are `application/problem+json` (RFC 9457) with a stable `type`. 429 and 503 say in `Retry-After` when to
ask again; nothing else is worth repeating unchanged. A path or method that is not listed here is answered 404 by the
platform, without a body.

**Growing.** Members may be added to answers; what is here keeps its name and meaning. Answers are not to be cached.
"""

SERVERS = ({"url": "/", "description": "The function app that serves this document"},)

TAGS: Sequence[Mapping[str, str]] = (
    {"name": "certificates", "description": "How certificates stand, and what people may ask for."},
    {"name": "requests", "description": "What was asked for, and how far it has come."},
    {"name": "pauses", "description": "The kill switch: what is left alone for a while."},
    {"name": "plan", "description": "What the next tick would do."},
    {"name": "history", "description": "Who did what, when and why."},
    {"name": "metrics", "description": "For Prometheus."},
    {"name": "health", "description": "For probes."},
    {"name": "openapi.json", "description": "This description."},
    {"name": "alerts", "description": "Who is told of what is wrong."},
)

SECURITY: Mapping[Role, Any] = {
    "reader": [{"entra": ["reader"]}, {"key": []}],
    "operator": [{"entra": ["operator"]}, {"key": []}],
}

SCHEMES = {
    "entra": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With Easy Auth on: a token of Entra ID for this app, with the app role `reader` or `operator`; "
        "an operator may read too.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "With Easy Auth off: a function key, in this header only; in the URL (`?code=`) it is refused. "
        "It does not say who calls, so what changes something is refused unless the setting "
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
        "description": "An id of your own for this call: 8 to 64 letters, digits, `.`, `_` or `-`; any other is "
        "replaced by a new one. Without it, `x-ms-client-request-id` or the trace id of `traceparent` is taken.",
    }
}

HEADERS = {
    CORRELATION: {
        "description": "By which the call's log lines and records are found: the caller's own if it sent one. Missing "
        "only where the platform itself answers.",
        "schema": {"type": "string"},
        "example": "change-1234",
    },
    "retry-after": {
        "description": "Seconds after which to ask again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 30,
    },
    "www-authenticate": {
        "description": "Missing where the platform itself answers.",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
}

LOCATIONS: Mapping[int, Any] = {
    201: {
        "description": "Of what was made, relative to this host. DELETE it to end it; it is listed with the others.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/pauses/0a1b2c3d4e5f",
    },
    202: {
        "description": "Of the request, relative to this host. GET it to follow the request to its end.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/requests/20261122T120000Z-0a1b2c3d",
    },
}

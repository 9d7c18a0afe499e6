"""What the API server's refusals mean, and what to do about each.

A refusal is a Status object: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from kubernetes.client import ApiException

from shared.adapters.kubernetes.credentials import ClusterCredentials
from shared.errors import Conflict, PermanentError, RateLimited, RelaykeeperError, TransientError
from shared.http_client import retry_after_or
from shared.text import printable_line

MAX_QUOTE = 400
"""Characters of a message that an error quotes."""

KEY_LIKE = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
"""Base64 that may be part of a key: an admission webhook may quote what it refuses."""

MISSING_RIGHT = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"')
OUR_POLICY = re.compile(
    r"ValidatingAdmissionPolicy 'relaykeeper[^']*' .*denied request: (?:Policy version (?P<version>\d{1,4}))?"
)
"""A refusal by an admission policy of infra/kubernetes; the first version did not state its number."""

FIELD_OWNER = re.compile(r'conflict with "([^"]*)"')

MIN_WAIT = timedelta(seconds=1)


class Absent(PermanentError):
    """The object does not exist."""


class NotServed(PermanentError):
    """No API server serves such a path: its group or version does not exist there, or something else answers."""


class MissingRight(PermanentError):
    """No Role of ours grants the right."""


class PolicyDenied(PermanentError):
    """One of our own admission policies refused the change; `version` is the policy's."""

    def __init__(self, message: str, version: int) -> None:
        super().__init__(message)
        self.version = version


@dataclass(frozen=True, slots=True)
class Cause:
    """One of a refusal's causes. `reason`: such as `FieldManagerConflict`; `field`: a path such as `.data.tls.crt`."""

    reason: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class ApiRefusal:
    """An answer that is not 2xx to what was `tried`. `reason`, `name` (the object's) and `causes` are empty if the
    answer does not give them; messages are fit for an error."""

    tried: str
    credentials: ClusterCredentials
    code: int
    reason: str
    message: str
    name: str
    causes: tuple[Cause, ...]
    retry_after: str

    @classmethod
    def read(cls, tried: str, credentials: ClusterCredentials, error: ApiException) -> Self:
        status = read_status(error.body)
        details = status.get("details") or {}
        return cls(
            tried,
            credentials,
            code=error.status,
            reason=status.get("reason", ""),
            message=without_keys(status.get("message") or str(error.reason)),
            name=details.get("name", ""),
            causes=tuple(
                Cause(cause.get("reason", ""), without_keys(cause.get("message", "")), cause.get("field", ""))
                for cause in details.get("causes") or ()
            ),
            retry_after=(error.headers or {}).get("Retry-After", ""),
        )


def explain_refusal(tried: str, credentials: ClusterCredentials, error: ApiException) -> RelaykeeperError:
    """Translate what the package raises for any answer that is not 2xx."""
    refusal = ApiRefusal.read(tried, credentials, error)
    if (explain := EXPLANATIONS.get(refusal.code)) is not None:
        return explain(refusal)
    message = f"{tried}: the API server answered {refusal.code}: {refusal.message}"
    return TransientError(message) if refusal.code >= 500 else PermanentError(message)


def unauthorized(refusal: ApiRefusal) -> RelaykeeperError:
    return PermanentError(
        f"{refusal.tried}: {refusal.credentials.identity} is not accepted (401). {refusal.credentials.identity_remedy}"
    )


def forbidden(refusal: ApiRefusal) -> RelaykeeperError:
    """A missing right, a missing credential, or an admission policy.

    A request without a credential gets no 401: it counts as one of `system:anonymous`, who has hardly any right.
    """
    missing = MISSING_RIGHT.search(refusal.message)
    if missing is None:
        return forbidden_by_admission(refusal)
    if missing["user"] == "system:anonymous":
        return PermanentError(
            f"{refusal.tried}: the API server saw no credential (system:anonymous). Check that nothing between us and "
            f"{refusal.credentials.cluster} drops {refusal.credentials.identity}."
        )
    right = " ".join(filter(None, (missing["verb"], missing["resource"], refusal.name)))
    return MissingRight(
        f"{refusal.tried}: the right to {right} is missing: {refusal.message}. Bind the Role of infra/kubernetes to it."
    )


def forbidden_by_admission(refusal: ApiRefusal) -> PermanentError:
    message = f"{refusal.tried}: forbidden: {refusal.message}"
    policy = OUR_POLICY.search(refusal.message)
    return PermanentError(message) if policy is None else PolicyDenied(message, int(policy["version"] or 1))


def not_found(refusal: ApiRefusal) -> RelaykeeperError:
    """For a path that it does not serve, an API server answers 404 without a Status, as other servers do."""
    if refusal.reason != "NotFound":
        return NotServed(
            f"{refusal.tried}: what answers there is no API server: {refusal.message}. "
            f"{refusal.credentials.server_remedy}"
        )
    return Absent(f"{refusal.tried}: {refusal.message}. Create it, or correct its name in the inventory.")


def conflicting(refusal: ApiRefusal) -> RelaykeeperError:
    """Fields that other managers own, or a resourceVersion that is no longer the newest.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
    """
    claims = [
        (cause.field.removeprefix(".data."), owner[1])
        for cause in refusal.causes
        if cause.reason == "FieldManagerConflict" and (owner := FIELD_OWNER.search(cause.message))
    ]
    if not claims:
        return outdated(refusal)
    fields = ", ".join(field for field, _ in claims)
    owners = ", ".join(sorted({owner for _, owner in claims}))
    return PermanentError(
        f"{refusal.tried}: its {fields} belongs to {owners}. "
        f"Stop {owners} from managing it and delete it, or name another Secret in the inventory."
    )


def outdated(refusal: ApiRefusal) -> RelaykeeperError:
    return Conflict(f"{refusal.tried}: it has changed since it was read")


def invalid(refusal: ApiRefusal) -> RelaykeeperError:
    """An invalid field; without a cause, a JSON patch whose test failed (RFC 6902, section 4.6), also a 422."""
    if not refusal.causes:
        return outdated(refusal)
    cause = refusal.causes[0]
    message = f"{refusal.tried}: {cause.field}: {cause.message}"
    if cause.reason == "FieldValueTooLong":
        return PermanentError(f"{message}. Let the relay serve fewer certificates from one Secret.")
    if "immutable" in cause.message:
        return PermanentError(f"{message}. Delete it; it is recreated on the next tick.")
    return PermanentError(message)


def rate_limited(refusal: ApiRefusal) -> RelaykeeperError:
    wait = max(retry_after_or(MIN_WAIT, refusal.retry_after), MIN_WAIT)
    return RateLimited(f"{refusal.tried}: asked to wait (429)", wait, f"cluster {refusal.credentials.cluster}")


def failed(refusal: ApiRefusal) -> RelaykeeperError:
    """Strict field validation of an apply answers 500 for an unknown field, however often it is tried."""
    message = f"{refusal.tried}: the API server answered 500: {refusal.message}"
    unknown_field = "field not declared in schema" in refusal.message
    return PermanentError(message) if unknown_field else TransientError(message)


EXPLANATIONS = {
    401: unauthorized,
    403: forbidden,
    404: not_found,
    409: conflicting,
    410: outdated,  # a list whose next page has expired
    422: invalid,
    429: rate_limited,
    500: failed,
}


def read_status(body: str | None) -> Mapping[str, Any]:
    """Return the Status in an answer's body; empty if it is none, as where a proxy answered."""
    try:
        status = json.loads(body or "")
    except ValueError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def without_keys(message: str) -> str:
    """Return the message on one line, cut to MAX_QUOTE, without anything that may be a key."""
    return printable_line(KEY_LIKE.sub("[...]", message), MAX_QUOTE)

"""What the API server's refusals mean, and the way out of each."""

import re
from datetime import timedelta

from kubernetes.client import ApiException

from shared.adapters.kubernetes.access import Access
from shared.adapters.kubernetes.policy import refused_by
from shared.adapters.kubernetes.refusal import Refusal
from shared.errors import Changed, PermanentError, RateLimited, RelaykeeperError, TransientError
from shared.http_client import retry_after_or

LEAST_WAIT = timedelta(seconds=1)


class Absent(PermanentError):
    """There is no such object."""


class MissingRight(PermanentError):
    """Our identity lacks the right in its Roles."""


class PolicyDenied(PermanentError):
    """One of our own admission policies refused the change; `version` is the policy's."""

    def __init__(self, sentence: str, version: int) -> None:
        super().__init__(sentence)
        self.version = version


def refused(tried: str, access: Access, error: ApiException) -> RelaykeeperError:
    """Translate what the package raises for any answer that is not 2xx."""
    refusal = Refusal.read(tried, access, error)
    if (explain := EXPLANATIONS.get(refusal.code)) is not None:
        return explain(refusal)
    sentence = f"{tried}: the API server answered {refusal.code}: {refusal.message}"
    return TransientError(sentence) if refusal.code >= 500 else PermanentError(sentence)


def unauthorized(refusal: Refusal) -> RelaykeeperError:
    return PermanentError(
        f"{refusal.tried}: {refusal.access.identity} is not accepted (401). {refusal.access.mend_identity}"
    )


def forbidden(refusal: Refusal) -> RelaykeeperError:
    """A request without a credential is no 401 but comes from `system:anonymous`, who has hardly any right."""
    missing = re.search(r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"', refusal.message)
    if missing is None:
        sentence = f"{refusal.tried}: forbidden: {refusal.message}"
        version = refused_by(refusal.message)
        return PermanentError(sentence) if version is None else PolicyDenied(sentence, version)
    if missing["user"] == "system:anonymous":
        return PermanentError(
            f"{refusal.tried}: the API server saw no credential (system:anonymous). Check that nothing between us and "
            f"{refusal.access.cluster} drops {refusal.access.identity}."
        )
    right = " ".join(filter(None, (missing["verb"], missing["resource"], refusal.name)))
    return MissingRight(
        f"{refusal.tried}: the right to {right} is missing: {refusal.message}. Bind the Role of infra/kubernetes to it."
    )


def not_found(refusal: Refusal) -> RelaykeeperError:
    if refusal.reason != "NotFound":
        return PermanentError(
            f"{refusal.tried}: what answers there is no API server: {refusal.message}. {refusal.access.mend_server}"
        )
    return Absent(f"{refusal.tried}: {refusal.message}. Create it, or correct its name in the inventory.")


def conflict(refusal: Refusal) -> RelaykeeperError:
    """https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts."""
    claims = [
        (cause.field.removeprefix(".data."), owner[1])
        for cause in refusal.causes
        if cause.reason == "FieldManagerConflict" and (owner := re.search(r'conflict with "([^"]*)"', cause.message))
    ]
    if not claims:
        return changed(refusal)
    fields = ", ".join(field for field, _ in claims)
    owners = ", ".join(sorted({owner for _, owner in claims}))
    return PermanentError(
        f"{refusal.tried}: its {fields} belongs to {owners}. "
        f"Stop {owners} from managing it and delete it, or name another Secret in the inventory."
    )


def changed(refusal: Refusal) -> RelaykeeperError:
    return Changed(f"{refusal.tried}: it has changed since it was read")


def invalid(refusal: Refusal) -> RelaykeeperError:
    """A JSON patch whose test failed (RFC 6902, section 4.6) is answered 422 too, without a cause."""
    if not refusal.causes:
        return changed(refusal)
    cause = refusal.causes[0]
    sentence = f"{refusal.tried}: {cause.field}: {cause.message}"
    if cause.reason == "FieldValueTooLong":
        return PermanentError(f"{sentence}. Let the relay serve fewer certificates from one Secret.")
    if "immutable" in cause.message:
        return PermanentError(f"{sentence}. Delete it; it is made anew on the next tick.")
    return PermanentError(sentence)


def rate_limited(refusal: Refusal) -> RelaykeeperError:
    wait = max(retry_after_or(LEAST_WAIT, refusal.retry_after), LEAST_WAIT)
    return RateLimited(f"{refusal.tried}: asked to wait (429)", wait, f"cluster {refusal.access.cluster}")


def broken(refusal: Refusal) -> RelaykeeperError:
    """Strict field validation of an apply answers 500 for an unknown field, however often it is tried."""
    sentence = f"{refusal.tried}: the API server answered 500: {refusal.message}"
    unknown_field = "field not declared in schema" in refusal.message
    return PermanentError(sentence) if unknown_field else TransientError(sentence)


EXPLANATIONS = {
    401: unauthorized,
    403: forbidden,
    404: not_found,
    409: conflict,
    410: changed,  # a list whose next page has expired
    422: invalid,
    429: rate_limited,
    500: broken,
}

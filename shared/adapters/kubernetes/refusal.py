"""One refusal of the API server: a Status object, read so that it may be shown."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from kubernetes.client import ApiException

from shared.adapters.kubernetes.access import Access

LONGEST = 400
"""Characters of a message that an error quotes."""

ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
"""What may be part of a key, should an admission webhook quote what it refuses."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason among several; `reason` is the machine's word, `field` a path such as `.data.tls.crt`."""

    reason: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was `tried` where, and what came back; `kind` is a resource's (`secrets`), `name` an object's, if known.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
    """

    tried: str
    access: Access
    code: int
    reason: str
    message: str
    kind: str
    name: str
    causes: tuple[Cause, ...]
    retry_after: str

    @classmethod
    def read(cls, tried: str, access: Access, error: ApiException) -> Self:
        status = status_in(error.body)
        details = status.get("details") or {}
        return cls(
            tried,
            access,
            code=error.status,
            reason=status.get("reason", ""),
            message=fit_to_show(status.get("message") or str(error.reason)),
            kind=details.get("kind", ""),
            name=details.get("name", ""),
            causes=tuple(
                Cause(cause.get("reason", ""), fit_to_show(cause.get("message", "")), cause.get("field", ""))
                for cause in details.get("causes") or ()
            ),
            retry_after=(error.headers or {}).get("Retry-After", ""),
        )


def status_in(body: str | None) -> Mapping[str, Any]:
    """Return the Status in an answer's body; nothing where a proxy answered in words of its own."""
    try:
        status = json.loads(body or "")
    except ValueError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def fit_to_show(message: str) -> str:
    """Return the message on one line, cut to a readable length, without anything that could be a key's text."""
    words = ENCODED.sub("[...]", " ".join(message.split()))
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."

"""One vault, and its lists in pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from infra.local.standins.vault.errors import bad_parameter
from infra.local.standins.vault.store import Store
from infra.local.standins.web import Answer, InputError, Request

LARGEST_PAGE = 25


@dataclass(slots=True)
class Pace:
    """How many seconds the vault takes to sign a certificate itself (in Azure 1 to 12), and to delete something."""

    signing: float = 0.2
    deleting: float = 0.0


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault's name and URL, and what it holds."""

    name: str
    url: str
    store: Store = field(default_factory=Store)
    pace: Pace = field(default_factory=Pace)

    def set_pace(self, request: Request) -> Answer:
        """`POST /_pace {"signing": SECONDS, "deleting": SECONDS}`, either or both, for what comes."""
        for name, seconds in request.json().items():
            if name not in ("signing", "deleting") or not isinstance(seconds, int | float):
                raise InputError('Say {"signing": SECONDS, "deleting": SECONDS}.')
            setattr(self.pace, name, seconds)
        return Answer(204)


def page(request: Request, items: Sequence[Any]) -> Answer:
    """The part of a list that was asked for: `maxresults` items, and a link to the next ones.

    A full page has a link, so that an empty one may stand behind it.
    """
    try:
        size = int(request.query.get("maxresults", LARGEST_PAGE))
        start = int(request.query.get("$skiptoken", 0))
    except ValueError as error:
        raise bad_parameter(f"maxresults and $skiptoken must be numbers: {error}") from error
    if not 1 <= size <= LARGEST_PAGE:
        raise bad_parameter(f"maxresults must be between 1 and {LARGEST_PAGE}, not {size}")
    end = start + size
    more = f"{request.origin}{request.path}?{urlencode({**request.query, '$skiptoken': end})}"
    return Answer(200, {"value": items[start:end], "nextLink": more if end <= len(items) else None})

"""One vault, and its lists in pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from infra.local.standins.vault.errors import bad_parameter
from infra.local.standins.vault.store import Store
from infra.local.standins.web import Answer, Request

LARGEST_PAGE = 25


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault's name and URL, and what it holds."""

    name: str
    url: str
    store: Store = field(default_factory=Store)


def page(request: Request, items: Sequence[Any]) -> Answer:
    """The part of a list that was asked for: `maxresults` items, and a link to the next ones."""
    try:
        size = int(request.query.get("maxresults", LARGEST_PAGE))
        start = int(request.query.get("$skiptoken", 0))
    except ValueError as error:
        raise bad_parameter(f"maxresults and $skiptoken must be numbers: {error}") from error
    if not 1 <= size <= LARGEST_PAGE:
        raise bad_parameter(f"maxresults must be between 1 and {LARGEST_PAGE}, not {size}")
    end = start + size
    more = f"{request.origin}{request.path}?{urlencode({**request.query, '$skiptoken': end})}"
    return Answer(200, {"value": items[start:end], "nextLink": more if end < len(items) else None})

"""Which function answers an HTTP request, and who may ask.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hmac import compare_digest
from urllib.parse import unquote

from infra.local.host.errors import HostError
from infra.local.host.settings import Keys
from infra.local.host.worker import Function


class Level(IntEnum):
    """What a key opens; each level includes those below it."""

    ANONYMOUS = 0
    FUNCTION = 1
    ADMIN = 2


def level_of(key: str, keys: Keys | None) -> Level:
    """What `key` opens: everything if the host has no keys."""
    if keys is None or compare_digest(key.encode(), keys.master.encode()):
        return Level.ADMIN
    return Level.FUNCTION if compare_digest(key.encode(), keys.default.encode()) else Level.ANONYMOUS


@dataclass(frozen=True, slots=True)
class Route:
    """A function's address: `pattern` matches the path after the prefix, with a group per parameter."""

    function: Function
    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: Level

    @classmethod
    def of(cls, function: Function) -> "Route":
        """The route of an HTTP function; raises HostError if its template is one that this host does not know."""
        trigger = function.trigger
        template = (trigger.get("route") or function.name).strip("/")
        return cls(
            function,
            template,
            re.compile("".join(map(_segment, template.split("/"))), re.IGNORECASE),
            frozenset(trigger.get("methods") or ()),
            Level[trigger["authLevel"].upper()],
        )

    def parameters(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route's parameters if it takes `method` at `path` (still percent-encoded, from its slash on)."""
        match = self.pattern.fullmatch(path)
        if match is None or (self.methods and method not in self.methods):
            return None
        return {name: unquote(value) for name, value in match.groupdict().items() if value is not None}


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """The route for a request, with its parameters: fixed segments come before parameters."""
    for route in sorted(routes, key=lambda route: [part.startswith("{") for part in route.template.split("/")]):
        parameters = route.parameters(method, path)
        if parameters is not None:
            return route, parameters
    return None


def _segment(segment: str) -> str:
    """The pattern of one segment with its slash: text, `{name}`, or `{name?}` that may be left out."""
    if not re.search(r"[{}]", segment):
        return "/" + re.escape(segment)
    parameter = re.fullmatch(r"\{([A-Za-z_]\w*)(\?)?\}", segment)
    if parameter is None:
        raise HostError(f"the route segment {segment} is not supported here: write {{name}} or {{name?}}")
    group = f"/(?P<{parameter[1]}>[^/]+)"
    return f"(?:{group})?" if parameter[2] else group

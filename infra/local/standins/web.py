"""HTTP as the stand-ins speak of it: requests and answers, routes, and the site that one listener serves."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from infra.local.standins.faults import Faults
from infra.local.standins.tokens import ANONYMOUS, Caller


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is decoded, without query and closing slash; `origin` is scheme, address and port of the listener."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes
    origin: str
    caller: Caller = ANONYMOUS

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, `{}` if there is none; raises InputError for anything else."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError as error:
            raise InputError(f"The body of {self.method} {self.path} is not JSON: {error}.") from error
        if not isinstance(content, dict):
            raise InputError(f"The body of {self.method} {self.path} must be a JSON object.")
        return content


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is sent as JSON, None as no body at all; `cut`: the connection ends in the middle of the body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


class RefusalError(Exception):
    """An operation ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"answered {answer.status}")
        self.answer = answer


class InputError(Exception):
    """What the caller sent cannot be read; the sentence says why."""


type Endpoint = Callable[..., Answer]
"""Called with the request and, by name, the parts of the path that the route's template names."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as `/certificates/{name}/create`; paths are compared without regard to case."""

    method: str
    template: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Site:
    """What one listener serves.

    The first route that fits is taken. `controls` are our own switches, reached without a token. `refuse` lays out a
    status, an error code and a sentence the way the service in question does. `unimplemented` paths are answered 501
    with everything below them, though a route would fit. `secret_paths`: paths are not logged, as who knows one may use
    it.
    """

    name: str
    routes: Sequence[Route]
    authenticate: Callable[[Request], Caller]
    refuse: Callable[[int, str, str], Answer]
    faults: Faults = field(default_factory=Faults)
    controls: Sequence[Route] = ()
    unimplemented: Sequence[str] = ()
    secret_paths: bool = False

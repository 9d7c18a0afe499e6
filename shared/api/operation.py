"""One method at one path: from it both the function's answer and its part of the OpenAPI document are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from shared.api.exchange import Answer
from shared.api.principal import Role
from shared.api.problem import Kind
from shared.ports import Ports


@dataclass(frozen=True, slots=True)
class Asked[B: BaseModel, Q: BaseModel]:
    """A call that was let in and read; `ports` are made when they are asked for, on the caller's behalf.

    `roles` are the caller's; empty for a stranger, who may call what needs no role.
    """

    path: Mapping[str, str]
    body: B
    query: Q
    ports: Callable[[], Ports]
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class PathParameter:
    """What a part of a path names, in which form. (Anything else is unknown: 404.)"""

    description: str
    pattern: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation[B: BaseModel, Q: BaseModel]:
    """`id` is the function's name too; `path` is the function's route, below /api, with its `parameters`.

    `description` says what it does and what not. `role` is needed to call it, None: anybody may. `answers` gives what
    each status brings: an example of its model, or a media type. `problems` are those that come besides what any
    operation can meet. `examples` are of the body, of the query's parameters, and of an answer without model.
    """

    id: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    summary: str
    description: str
    role: Role | None
    body: type[B]
    query: type[Q]
    answers: Mapping[int, BaseModel | str]
    run: Callable[[Asked[B, Q]], Answer]
    parameters: Mapping[str, PathParameter] = field(default_factory=dict)
    problems: tuple[Kind, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)

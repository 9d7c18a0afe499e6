"""The way of every call: who asks, may they, what do they ask; then the work, then the answer."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from shared.api.correlation import CORRELATION, correlation_of
from shared.api.exchange import Answer, Call
from shared.api.fields import Nothing, Reasoned
from shared.api.operation import Asked, Operation
from shared.api.parsing import read_body, read_query
from shared.api.principal import Caller, Role, caller
from shared.api.problem import Kind, Problem, problem_of
from shared.domain.audit import SCHEDULED, Trigger
from shared.errors import ConfigError, RelaykeeperError, Unforeseen
from shared.guard import guard
from shared.log_context import step
from shared.ports import Ports
from shared.settings import read_access

log = logging.getLogger("relaykeeper.api")

type Compose = Callable[[Mapping[str, str]], Ports]

ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def answer(operation: Operation[Any, Any], call: Call, environment: Mapping[str, str], compose: Compose) -> Answer:
    """Answer a call, whatever comes of it; the answer and each line of the log have its correlation."""
    correlation = correlation_of(call.headers)
    with step(correlation=correlation):
        try:
            with guard(f"answering {operation.id}"):
                answered = operation.run(asked(operation, call, correlation, environment, compose))
        except Problem as problem:
            answered = refused(operation, problem, correlation)
        except Unforeseen as failure:
            bug = Problem(Kind.BUG, f"{failure} under the correlation {correlation}")
            answered = refused(operation, bug, correlation)
        except RelaykeeperError as failure:
            answered = refused(operation, problem_of(failure), correlation)
    return replace(answered, headers={**ALWAYS, **answered.headers, CORRELATION: correlation})


def refused(operation: Operation[Any, Any], problem: Problem, correlation: str) -> Answer:
    """Log what stands in the way: whoever called is told, and mends what is theirs to mend."""
    level = logging.ERROR if problem.kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
    log.log(level, "%s: %s %s", operation.id, problem.kind.status, one_line(problem.detail))
    return problem.answer(correlation)


def one_line(text: str) -> str:
    """Return a sentence that may repeat a caller's words, so that it writes no line of its own into the log."""
    return "".join(character if character.isprintable() else " " for character in text)


def asked(
    operation: Operation[Any, Any],
    call: Call,
    correlation: str,
    environment: Mapping[str, str],
    compose: Compose,
) -> Asked[Any, Any]:
    """Let the call in, and read it. Raises Problem if it may not come in, or cannot be read."""
    who = admitted(operation, call, environment)
    query = read_query(call, operation.query)
    body = Nothing() if operation.body is Nothing else read_body(call, operation.body)
    occasion = Trigger(who.actor, reason_of(body, query), correlation)
    return Asked(call.path, body, query, lambda: replace(compose(environment), occasion=occasion), who.roles)


def admitted(operation: Operation[Any, Any], call: Call, environment: Mapping[str, str]) -> Caller:
    """Return on whose behalf it runs. Raises Problem if they are unknown or lack the role."""
    if operation.role is None:
        return Caller(SCHEDULED.actor, roles_if_known(call, environment))
    access = read_access(environment)
    who = caller(call, access)
    if operation.role in who.roles:
        return who
    if access.easy_auth:
        raise Problem(Kind.FORBIDDEN, f"{who.actor} lacks the app role {operation.role}")
    raise Problem(
        Kind.FORBIDDEN,
        "a function key does not say who changes something: switch Easy Auth on (RELAYKEEPER_EASY_AUTH), "
        "or let keys change things (RELAYKEEPER_KEYS_MAY_CHANGE)",
    )


def roles_if_known(call: Call, environment: Mapping[str, str]) -> frozenset[Role]:
    """Return the roles of a caller whom Easy Auth names; none for strangers, who may call as well.

    A function key says nothing here: where anybody may call, the host checks no key.
    """
    try:
        access = read_access(environment)
        return caller(call, access).roles if access.easy_auth else frozenset()
    except (ConfigError, Problem):
        return frozenset()


def reason_of(*given: BaseModel) -> str:
    """Return the reason that a person gave; who only looks gives none."""
    return next((each.reason for each in given if isinstance(each, Reasoned)), "")

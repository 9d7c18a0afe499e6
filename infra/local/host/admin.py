"""The administration routes: run a function now, list the functions, tell the host's state.

https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from infra.local.host import timers
from infra.local.host.messages import by_hand
from infra.local.host.protos import TypedData
from infra.local.host.worker import Function, Invoke

type Reply = tuple[HTTPStatus, str]
"""A status and a JSON text, which may be empty."""


def administer(method: str, path: str, body: bytes, functions: Iterable[Function], invoke: Invoke) -> Reply:
    """The reply to a request below `/admin`."""
    match method, path.strip("/").split("/"):
        case "GET", ["admin", "host", "status"]:
            return HTTPStatus.OK, json.dumps({"state": "Running"})
        case "GET", ["admin", "functions"]:
            return HTTPStatus.OK, json.dumps([description(function) for function in functions])
        case "POST", ["admin", "functions", name]:
            for function in functions:
                if function.name.lower() == name.lower():
                    return run_now(function, body, invoke)
    return HTTPStatus.NOT_FOUND, ""


def description(function: Function) -> Mapping[str, object]:
    return {"name": function.name, "language": "python", "isDisabled": False, "config": {"bindings": function.bindings}}


def run_now(function: Function, body: bytes, invoke: Invoke) -> Reply:
    """Start `function` with the body's `input` and don't wait for it: how it goes is in the log."""
    try:
        text = json.loads(body).get("input", "")
    except (ValueError, AttributeError):
        return refused('the body must be JSON like {"input": "text"}')
    if not isinstance(text, str):
        return refused("input must be a string")
    if function.trigger["type"] == "httpTrigger":
        return refused(f"{function.name} has an HTTP trigger: call its route")
    invoke(function, *occasion(function, text))
    return HTTPStatus.ACCEPTED, ""


def occasion(function: Function, text: str) -> tuple[TypedData, Mapping[str, TypedData]]:
    """What the function is given: `text` as a message's body; nothing of it for a timer."""
    return by_hand(text) if function.trigger["type"] == "queueTrigger" else (timers.on_time(), {})


def refused(reason: str) -> Reply:
    return HTTPStatus.BAD_REQUEST, json.dumps({"error": reason})

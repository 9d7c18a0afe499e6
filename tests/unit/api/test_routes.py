"""The functions' routes are exactly the operations, each with its authorization level."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from shared.api.operations import OPERATIONS

READ_BY_POST = {"plan_inventory"}

INDEX = """
import json
import function_app
triggers = {}
for function in function_app.app.get_functions():
    trigger = function.get_trigger().get_dict_repr()
    if trigger["type"] == "httpTrigger":
        methods = [getattr(method, "value", method) for method in trigger["methods"]]
        level = getattr(trigger["authLevel"], "value", trigger["authLevel"])
        triggers[function.get_function_name()] = [trigger["route"], methods, level]
print(json.dumps(triggers))
"""


CALL = """
import json
import function_app
asked = {}
for function in function_app.app.get_functions():
    if function.get_trigger().get_dict_repr()["type"] == "httpTrigger":
        call = function.get_user_function()
        call.__globals__["respond"] = lambda operation, _: operation
        asked[function.get_function_name()] = call(None)
print(json.dumps(asked))
"""


def indexed(script: str = INDEX, **environment: str) -> Mapping[str, Any]:
    """Return route, methods and level of each HTTP function, as a fresh process indexes it; or what a script prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RELAYKEEPER_")}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**kept, **environment}
    )
    found: Mapping[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize(
    ("setting", "level"), [("false", "FUNCTION"), ("true", "ANONYMOUS"), ("True", "ANONYMOUS"), ("yes", "FUNCTION")]
)
def test_each_operation_is_routed_behind_its_door(setting: str, level: str) -> None:
    assert {
        name: [route, methods, str(found).upper()]
        for name, (route, methods, found) in indexed(RELAYKEEPER_EASY_AUTH=setting).items()
    } == {
        operation.id: [operation.path, [operation.method], "ANONYMOUS" if operation.role is None else level]
        for operation in OPERATIONS
    }


def test_without_a_setting_each_door_takes_a_key() -> None:
    levels = {name: str(level).upper() for name, (_, _, level) in indexed().items()}
    assert levels.pop("show_health") == "ANONYMOUS"
    assert set(levels.values()) == {"FUNCTION"}


def test_each_function_answers_its_own_operation() -> None:
    assert indexed(CALL) == {operation.id: operation.id for operation in OPERATIONS}


def test_every_change_needs_an_operator_and_a_reason() -> None:
    """A tick, which the timer does anyway, may be asked for by a role of its own. A POST that only reads takes none."""
    for operation in OPERATIONS:
        if operation.method == "GET" or operation.id in READ_BY_POST:
            assert operation.role in ("reader", None), operation.id
        else:
            assert operation.role == ("ticker" if operation.id == "tick_now" else "operator"), operation.id
            assert "reason" in {*operation.body.model_fields, *operation.query.model_fields}, operation.id


def test_only_health_is_open_to_everybody() -> None:
    assert [operation.id for operation in OPERATIONS if operation.role is None] == ["show_health"]

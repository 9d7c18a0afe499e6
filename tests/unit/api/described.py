"""The API's description, as a strict client reads it."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from shared.api.openapi import openapi_document
from shared.api.operations import OPERATIONS

DOCUMENT: Mapping[str, Any] = json.loads(json.dumps(openapi_document(OPERATIONS)))


def resolved(part: Any) -> Any:
    """Return a part of the document, or that to which it refers."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def check(schema: Any, content: object, where: str = "") -> None:
    """Fail unless the content is as described: formats, too, and no member that is not described."""
    strict: Any = {**copy.deepcopy(schema), "components": copy.deepcopy(DOCUMENT["components"])}
    for model in strict["components"]["schemas"].values():
        if "properties" in model:
            model["additionalProperties"] = False
    wrong = [
        f"{where} {error.instance_path}: {error.message}"
        for error in jsonschema_rs.Draft202012Validator(strict, validate_formats=True).iter_errors(content)
    ]
    assert wrong == []

"""Everything that can be asked over HTTP. The functions answer by it, and /api/openapi.json describes it."""

import json
from typing import Any

from shared.api.changes import CHANGES
from shared.api.description.document import document
from shared.api.exchange import JSON, Answer
from shared.api.fields import Nothing
from shared.api.looks import LOOKS
from shared.api.operation import Asked, Operation


def show_openapi(_: Asked[Nothing, Nothing]) -> Answer:
    return Answer(200, json.dumps(document(OPERATIONS), indent=2).encode() + b"\n")


DESCRIBED: Operation[Nothing, Nothing] = Operation(
    id="show_openapi",
    method="GET",
    path="openapi.json",
    summary="This document",
    description="OpenAPI 3.1. It tells nothing of what the inventory holds.",
    role="reader",
    body=Nothing,
    query=Nothing,
    answers={200: JSON},
    run=show_openapi,
    examples={"answer": {"openapi": "3.1.0"}},
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (*LOOKS, *CHANGES, DESCRIBED)
BY_ID = {operation.id: operation for operation in OPERATIONS}

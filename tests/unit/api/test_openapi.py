"""The OpenAPI document: valid, complete, and its examples can be sent as they are."""

import json
from typing import Any

import jsonschema_rs
import schemathesis

from shared.api.exchange import Call
from shared.api.fields import Nothing
from shared.api.openapi import document
from shared.api.operations import OPERATIONS
from shared.api.parsing import read_body

DOCUMENT: Any = json.loads(json.dumps(document(OPERATIONS)))
JSON = {"content-type": "application/json"}


def test_a_strict_reader_takes_every_operation() -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.validate()
    described = {f"{method.upper()} {path}" for path, methods in schema.items() for method in methods}
    assert described == {f"{operation.method} /api/{operation.path}" for operation in OPERATIONS}


def test_each_schema_is_one() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


def test_examples_of_bodies_can_be_sent_as_they_are() -> None:
    for operation in OPERATIONS:
        if operation.body is not Nothing:
            read_body(Call(JSON, body=json.dumps(operation.examples["body"]).encode()), operation.body)


def test_every_problem_has_a_schema_and_every_field_of_a_body_a_type() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            assert {"400", "500"} <= operation["responses"].keys(), path
            if operation["security"]:
                assert {"401", "403", "502", "503"} <= operation["responses"].keys(), path
            if "requestBody" in operation:
                assert {"413", "415"} <= operation["responses"].keys(), path


def test_the_document_tells_nothing_of_this_estate() -> None:
    assert "inventory.yaml" not in json.dumps(DOCUMENT)

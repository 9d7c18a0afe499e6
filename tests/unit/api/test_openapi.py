"""The OpenAPI document: valid, complete, and its examples can be sent as they are."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from shared.api.http import HttpRequest, ProblemKind
from shared.api.openapi import openapi_document
from shared.api.openapi_examples import BODIES, PARAMETERS
from shared.api.operations import OPERATIONS
from shared.api.parsing import NoInput, read_body, read_query
from shared.version import RELEASE
from tests.unit.api.described import DOCUMENT, check, resolved

JSON = {"content-type": "application/json"}
PROBLEM_JSON = "application/problem+json"
CALLS = [(path, operation) for path, methods in DOCUMENT["paths"].items() for operation in methods.values()]


def members() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each member of each schema, and each parameter of a query."""
    for model, schema in DOCUMENT["components"]["schemas"].items():
        for name, member in schema.get("properties", {}).items():
            yield f"{model}.{name}", member
    for path, operation in CALLS:
        for parameter in map(resolved, operation["parameters"]):
            yield f"{path} {parameter['name']}", {**parameter["schema"], "description": parameter["description"]}


def test_a_strict_reader_takes_every_operation() -> None:
    schema = schemathesis.openapi.from_dict(dict(DOCUMENT))
    schema.validate()
    described = {f"{method.upper()} {path}" for path, methods in schema.items() for method in methods}
    assert described == {f"{operation.method} /api/{operation.path}" for operation in OPERATIONS}


def test_each_schema_is_one() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


def test_examples_can_be_sent_as_they_are() -> None:
    for operation in OPERATIONS:
        if operation.body is not NoInput:
            read_body(HttpRequest(JSON, body=json.dumps(BODIES[operation.id]).encode()), operation.body)
        given = [(name, str(PARAMETERS[operation.id][name])) for name in operation.query.model_fields]
        read_query(HttpRequest(query=tuple(given)), operation.query)


def test_every_answer_and_parameter_has_an_example_that_fits() -> None:
    for path, operation in CALLS:
        for parameter in map(resolved, operation["parameters"]):
            check(parameter["schema"], parameter["example"], f"{path} {parameter['name']}")
        for status, answer in operation["responses"].items():
            for header in map(resolved, resolved(answer)["headers"].values()):
                check(header["schema"], header["example"], f"{path} {status}")
            for content in resolved(answer)["content"].values():
                examples = [content["example"]] if "example" in content else content["examples"].values()
                assert examples, f"{path} {status}"
                for example in examples:
                    check(content["schema"], example.get("value", example) if isinstance(example, dict) else example)


def test_every_body_has_an_example_that_fits() -> None:
    for path, operation in CALLS:
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            check(content["schema"], content["example"], path)


def test_every_operation_says_what_it_does_besides_its_summary() -> None:
    for path, operation in CALLS:
        assert len(operation["description"]) > 20, path
        assert operation["description"] != operation["summary"]
    assert {tag["name"] for tag in DOCUMENT["tags"]} == {tag for _, operation in CALLS for tag in operation["tags"]}


def test_each_value_of_an_enumeration_is_explained() -> None:
    found = 0
    for name, member in members():
        for value in (*member.get("enum", ()), *member.get("items", {}).get("enum", ())):
            assert f"`{value}`" in member["description"], name
            found += 1
    assert found > 40


def test_of_what_may_be_null_it_is_said_when() -> None:
    found = 0
    for name, member in members():
        if {"type": "null"} in member.get("anyOf", ()):
            assert "null" in member["description"].lower(), name
            found += 1
    assert found > 15


def test_every_problem_has_a_schema_and_an_example() -> None:
    for path, operation in CALLS:
        assert {"400", "500"} <= operation["responses"].keys(), path
        if operation["security"]:
            assert {"401", "403", "502", "503"} <= operation["responses"].keys(), path
        if "requestBody" in operation:
            assert {"413", "415"} <= operation["responses"].keys(), path


@pytest.mark.parametrize("kind", ProblemKind)
def test_each_kind_of_problem_is_in_an_answer_by_its_type(kind: ProblemKind) -> None:
    found = [
        (answer["description"], answer["content"][PROBLEM_JSON]["examples"][kind.slug]["value"])
        for answer in DOCUMENT["components"]["responses"].values()
        if kind.slug in answer["content"][PROBLEM_JSON]["examples"]
    ]
    assert found
    for description, example in found:
        assert f"{kind.title} (`{kind.type}`)" in description
        assert (example["type"], example["status"]) == (kind.type, kind.status)


def test_answers_of_the_platform_and_retries_are_described() -> None:
    answers = DOCUMENT["components"]["responses"]
    assert "without a body" in answers["unauthenticated"]["description"]
    assert "how many bytes are read" in answers["too-large"]["description"]
    assert "`Retry-After`" in answers["unavailable"]["description"]


def test_what_is_made_says_where_and_what_is_busy_says_when() -> None:
    for path, operation in CALLS:
        for status, answer in operation["responses"].items():
            headers = resolved(answer)["headers"].keys()
            assert "x-correlation-id" in headers, path
            assert ("location" in headers) == (status in ("201", "202")), path
            assert ("www-authenticate" in headers) == (status == "401"), path
            problem = PROBLEM_JSON in resolved(answer)["content"]
            assert ("retry-after" in headers) == (status in ("429", "503") and problem), path


def test_each_operation_says_which_role_it_needs() -> None:
    roles = {
        operation["operationId"]: [name for each in operation["security"] for name in each.get("entra", [])]
        for _, operation in CALLS
    }
    assert roles == {operation.id: [operation.role] if operation.role is not None else [] for operation in OPERATIONS}
    assert all({"key": []} in operation["security"] for _, operation in CALLS if operation["security"])


def test_a_parameter_says_what_it_is_unless_given() -> None:
    parameters = {each["name"]: each for each in map(resolved, DOCUMENT["paths"]["/api/history"]["get"]["parameters"])}
    limit = parameters["limit"]["schema"]
    assert limit == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}
    assert "default" not in parameters["since"]["schema"]
    assert not any(each["required"] for each in parameters.values())
    reason = resolved(DOCUMENT["paths"]["/api/pauses/{id}"]["delete"]["parameters"][1])
    assert (reason["name"], reason["required"]) == ("reason", True)


@pytest.mark.parametrize(
    ("model", "member", "wrong"),
    [
        ("RenewalInput", "reason", ["", " ", "\u200b", "\ufeff\u3000", "a\nb", "a\u202eb", "x" * 501]),
        ("PauseInput", "scope", ["", "relay", "all/x", "relay/a/b"]),
        ("PauseInput", "until", ["", "tomorrow", "2026-12-01T00:00:00"]),
        ("RollbackInput", "version", ["", "../x", "x" * 65]),
    ],
)
def test_a_client_can_tell_beforehand_what_would_be_refused(model: str, member: str, wrong: list[str]) -> None:
    schema = DOCUMENT["components"]["schemas"][model]["properties"][member]
    assert [text for text in wrong if jsonschema_rs.Draft202012Validator(schema).is_valid(text)] == []


def test_a_body_says_how_large_it_may_be_and_must_be_there() -> None:
    for path, operation in CALLS:
        if "requestBody" in operation:
            assert operation["requestBody"]["required"], path
            most = "524,288" if path == "/api/plans" else "65,536"
            assert f"at most {most} bytes" in operation["requestBody"]["description"], path


def test_what_may_be_left_out_of_a_query_is_never_null() -> None:
    for path, operation in CALLS:
        for parameter in map(resolved, operation["parameters"]):
            assert parameter["schema"]["type"] in ("string", "integer", "boolean"), path


def test_a_name_in_a_path_says_its_form() -> None:
    for path, operation in CALLS:
        within = [each for each in map(resolved, operation["parameters"]) if each["in"] == "path"]
        assert [f"{{{each['name']}}}" for each in within] == [step for step in path.split("/") if "{" in step]
        assert all(each["schema"]["pattern"] and each["description"] for each in within), path


def test_every_call_may_bring_its_correlation() -> None:
    for path, operation in CALLS:
        assert "x-correlation-id" in [resolved(each)["name"] for each in operation["parameters"]], path


def test_it_says_which_release_it_describes_and_where_that_listens() -> None:
    assert DOCUMENT["info"]["version"] == RELEASE
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]


def test_members_are_called_by_their_names_alone() -> None:
    assert all("title" not in member for _, member in members())


def test_the_document_contains_nothing_of_the_inventory() -> None:
    assert "inventory.yaml" not in json.dumps(openapi_document(OPERATIONS))

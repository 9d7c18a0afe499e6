"""The trimmed schemas: what is in them is used, what is used is in them, and renewing them gives the same form."""

import json
from typing import Any

import pytest

from infra.azure.check.configurations import FOLDERS, read_configuration
from infra.azure.check.literals import literal
from infra.azure.check.schema import SCHEMAS, Schemas, load_schemas
from infra.azure.check.trim_schema import text, trim_block, used

FILES = {file.stem.partition("-")[0]: file for file in SCHEMAS.glob("*.json")}

PRINTED: dict[str, Any] = {
    "attributes": {
        "id": {"type": "string", "optional": True, "computed": True},
        "tags": {"type": ["map", "string"], "optional": True},
        "key": {"type": "string", "computed": True, "sensitive": True},
    },
    "block_types": {
        "rule": {
            "nesting_mode": "list",
            "min_items": 1,
            "block": {"attributes": {"name": {"type": "string", "required": True}}},
        }
    },
}


@pytest.mark.parametrize("provider", FILES)
def test_a_schema_has_what_is_used_and_nothing_else(provider: str) -> None:
    schema = json.loads(FILES[provider].read_text())
    assert list(schema["resources"]) == list(used("resource", f"{provider}_"))
    assert list(schema["data_sources"]) == list(used("data", f"{provider}_"))


def test_environments_and_examples_pin_the_version_of_the_schema() -> None:
    versions = {name: file.stem.partition("-")[2] for name, file in FILES.items()}
    pinned = [
        (name, literal(value)["version"])  # type: ignore[call-overload, index]
        for folder in FOLDERS
        if "modules" not in folder.parts
        for top in read_configuration(folder).blocks
        if top.kind == "terraform"
        for block in top.of("required_providers")
        for name, value in block.arguments.items()
    ]
    assert pinned
    assert all(versions[name] == version for name, version in pinned)


def test_what_a_provider_prints_is_trimmed_to_what_the_checker_reads() -> None:
    assert trim_block(PRINTED) == {
        "id": ["string", "oc"],
        "tags": ['["map", "string"]', "o"],
        "key": ["string", "cs"],
        "rule": {"_nesting": "list", "_min": 1, "_max": 0, "name": ["string", "r"]},
    }


@pytest.mark.parametrize("provider", FILES)
def test_the_file_is_written_as_renewing_it_would(provider: str) -> None:
    content = FILES[provider].read_text()
    assert text(json.loads(content)) == content


def test_an_id_is_set_by_the_provider() -> None:
    schemas: Schemas = load_schemas()
    assert not schemas.resources["azurerm_subnet"].attributes["id"].settable

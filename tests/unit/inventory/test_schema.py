import json
from pathlib import Path

from shared.inventory.schema import schema

PUBLISHED = Path(__file__).parents[3] / "docs" / "inventory.schema.json"


def test_the_published_schema_is_in_step_with_the_model() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema(), "run make generate"


def test_names_are_keys_and_not_fields() -> None:
    for shape in json.loads(schema())["$defs"].values():
        assert "name" not in shape.get("properties", {})

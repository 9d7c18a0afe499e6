"""The JSON Schema for editors: `python -m shared.inventory.schema > docs/inventory.schema.json`."""

import json
import sys
from typing import override

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.inventory.model import Inventory


class _Document(GenerateJsonSchema):
    """Describes what stands in the document: there, what is not given is left out, and never empty."""

    @override
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return super().default_schema(schema) if schema.get("default") else self.generate_inner(schema["schema"])


def schema() -> str:
    """The schema as JSON text; checks across entries (references, zones, Secrets) are the parser's alone."""
    model = Inventory.model_json_schema(schema_generator=_Document)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | model, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())

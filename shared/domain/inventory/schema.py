"""The JSON Schema for editors: `python -m shared.domain.inventory.schema > docs/inventory.schema.json`."""

import json
import sys

from shared.domain.inventory.model import Inventory


def schema() -> str:
    """The schema as JSON text; checks across entries (references, zones, Secrets) are the parser's alone."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Inventory.model_json_schema()
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())

"""Reduce a provider's schema to what is used here: what `infra/azure/schema/renew.sh` writes.

Usage: python -m infra.azure.check.trim_schema PROVIDER VERSION < the output of `tofu providers schema -json`
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from infra.azure.check.configurations import FOLDERS
from infra.azure.check.hcl import parse_folder

LEGEND = (
    "attribute: [type, flags r=required o=optional c=computed s=sensitive d=deprecated]; "
    "a nested object is a block with _nesting, _min, _max"
)
FLAGS = {"required": "r", "optional": "o", "computed": "c", "sensitive": "s", "deprecated": "d"}


def used(kind: str, prefix: str) -> Iterator[str]:
    """Yield the types of resources or data sources of a provider that the configurations use."""
    types = {block.labels[0] for folder in FOLDERS for block in parse_folder(folder) if block.kind == kind}
    return (name for name in sorted(types) if name.startswith(prefix))


def trim_block(block: dict[str, Any]) -> dict[str, Any]:
    trimmed: dict[str, Any] = {name: trim_attribute(each) for name, each in block.get("attributes", {}).items()}
    for name, nested in block.get("block_types", {}).items():
        counts = {
            "_nesting": nested["nesting_mode"],
            "_min": nested.get("min_items", 0),
            "_max": nested.get("max_items", 0),
        }
        trimmed[name] = counts | trim_block(nested["block"])
    return trimmed


def trim_attribute(attribute: dict[str, Any]) -> list[str]:
    kind = attribute["type"]
    flags = "".join(letter for name, letter in FLAGS.items() if attribute.get(name))
    return [kind if isinstance(kind, str) else json.dumps(kind), flags]


def trim(printed: dict[str, Any], provider: str, version: str) -> dict[str, Any]:
    """Return the trimmed schema of `hashicorp/azurerm`, say. Raises KeyError for a type that the provider lacks."""
    schema = next(each for source, each in printed["provider_schemas"].items() if source.endswith(f"/{provider}"))
    prefix = provider.partition("/")[2] + "_"

    def part(kind: str, key: str) -> dict[str, Any]:
        return {name: trim_block(schema[key][name]["block"]) for name in used(kind, prefix)}

    return {
        "provider": f"{provider} {version}",
        "legend": LEGEND,
        "resources": part("resource", "resource_schemas"),
        "data_sources": part("data", "data_source_schemas"),
    }


def text(trimmed: dict[str, Any]) -> str:
    """Return the file's text, a line for each resource, so that a change shows what changed."""
    lines = [f'"provider": {json.dumps(trimmed["provider"])}', f'"legend": {json.dumps(trimmed["legend"])}']
    for part in ("resources", "data_sources"):
        entries = [f"{json.dumps(name)}: {json.dumps(block)}" for name, block in sorted(trimmed[part].items())]
        lines.append(f'"{part}": {{\n' + ",\n".join(entries) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.stdout.write(text(trim(json.load(sys.stdin), sys.argv[1], sys.argv[2])))

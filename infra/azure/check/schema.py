"""What the providers accept: arguments, blocks and attributes of each resource and data source.

The files in `infra/azure/schema` are what a provider prints of itself (`tofu providers schema -json`), reduced to what
is used here. An attribute is `[type, flags]`: r required, o optional, c computed, s sensitive, d deprecated. A nested
object is a block, with `_nesting`, `_min` and `_max` (0: any number).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[1] / "schema"


@dataclass(frozen=True, slots=True)
class Attribute:
    """The type as the provider prints it (`string`, `["map", "string"]`), and who sets it."""

    type: object
    flags: str

    @property
    def required(self) -> bool:
        return "r" in self.flags

    @property
    def settable(self) -> bool:
        return bool({"r", "o"} & set(self.flags))


@dataclass(frozen=True, slots=True)
class BlockSchema:
    """What a block may contain, and how often it may stand in its parent."""

    attributes: dict[str, Attribute]
    blocks: dict[str, "BlockSchema"]
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Schemas:
    """The resources and data sources of all providers, by type."""

    resources: dict[str, BlockSchema]
    data_sources: dict[str, BlockSchema]

    def of(self, kind: str) -> dict[str, BlockSchema]:
        return self.resources if kind == "resource" else self.data_sources


def load_schemas(files: Iterable[Path] = ()) -> Schemas:
    """Read the schemas, those of the project unless others are given."""
    texts = [json.loads(file.read_text("utf-8")) for file in files or sorted(SCHEMAS.glob("*.json"))]
    return Schemas(
        {name: read(block) for text in texts for name, block in text["resources"].items()},
        {name: read(block) for text in texts for name, block in text["data_sources"].items()},
    )


def read(block: dict[str, Any]) -> BlockSchema:
    members = {name: member for name, member in block.items() if not name.startswith("_")}
    return BlockSchema(
        attributes={
            name: Attribute(type_of(member[0]), flags_of(name, member[1]))
            for name, member in members.items()
            if isinstance(member, list)
        },
        blocks={name: read(member) for name, member in members.items() if isinstance(member, dict)},
        least=block.get("_min", 0),
        most=block.get("_max", 0) or (1 if block.get("_nesting") == "single" else 0),
    )


def type_of(printed: str) -> object:
    return json.loads(printed) if printed.startswith("[") else printed


def flags_of(name: str, flags: str) -> str:
    """Return the flags; providers call a resource's own `id` optional, and mean that they set it."""
    return flags.replace("o", "") if name == "id" and "c" in flags else flags

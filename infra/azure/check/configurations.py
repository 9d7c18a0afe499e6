"""A folder of OpenTofu files, with what it declares."""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from infra.azure.check.hcl import Block, Expression, Node, below, label, parse_folder, trees
from infra.azure.check.literals import literal, object_elements

AZURE = Path(__file__).parents[1]
MODULES = tuple(sorted(path for path in (AZURE / "modules").iterdir() if path.is_dir()))
ENVIRONMENTS = tuple(sorted(path for path in (AZURE / "environments").iterdir() if path.is_dir()))
EXAMPLES = tuple(sorted(path for path in (AZURE / "examples").iterdir() if path.is_dir()))
FOLDERS = (*MODULES, *ENVIRONMENTS, *EXAMPLES)


@dataclass(frozen=True)
class Configuration:
    """The top blocks of a folder."""

    folder: Path
    blocks: tuple[Block, ...]

    def of(self, kind: str) -> dict[str, Block]:
        """Return the blocks of a kind by their last label: variables, outputs, modules."""
        return {block.labels[-1]: block for block in self.blocks if block.kind == kind}

    @cached_property
    def objects(self) -> dict[tuple[str, ...], Block]:
        """Resources as `(type, name)` and data sources as `("data", type, name)`."""
        kinds = {"resource": (), "data": ("data",)}
        return {(*kinds[block.kind], *block.labels): block for block in self.blocks if block.kind in kinds}

    @cached_property
    def locals(self) -> dict[str, Expression]:
        return {
            name: value for block in self.blocks if block.kind == "locals" for name, value in block.arguments.items()
        }

    @cached_property
    def providers(self) -> frozenset[str]:
        """The providers that it requires."""
        terraform = (block for block in self.blocks if block.kind == "terraform")
        required = (inner for block in terraform for inner in block.of("required_providers"))
        return frozenset(name for inner in required for name in inner.arguments)

    def source(self, module: Block) -> Path:
        """Return the folder of the module that a `module` block calls."""
        return (self.folder / str(literal(module.arguments["source"]))).resolve()


@cache
def read_configuration(folder: Path) -> Configuration:
    return Configuration(folder, parse_folder(folder))


def member_types(node: Node) -> dict[str, Node] | None:
    """Return the members of the outermost `object({...})` of a type constraint, which may stand in a map or list.

    None if there is none.
    """
    calls = (each for each in below(node) if each.data == "function_call")
    constraint = next((call for call in calls if label(next(trees(call))) == "object"), None)
    if constraint is None:
        return None
    arguments = next(each for each in trees(constraint) if each.data == "arguments")
    return object_elements(next(trees(arguments)))

"""Names that a configuration uses: each is declared, and each that is declared is used."""

from collections.abc import Iterator

from infra.azure.check.configurations import Configuration, member_types, read_configuration
from infra.azure.check.hcl import Block, Fault
from infra.azure.check.references import Reference, in_block
from infra.azure.check.schema import BlockSchema, Schemas

BUILT_IN = frozenset({"path", "terraform"})


def name_faults(configuration: Configuration, schemas: Schemas) -> Iterator[Fault]:
    """Yield names that are used and not declared, or declared and not used."""
    used: set[tuple[str, ...]] = set()
    for top in configuration.blocks:
        if top.kind == "variable":
            yield from of_variable(top)
        for reference, expression in in_block(without_types(top), iterators(top)):
            used.add(declaration(reference))
            if sentence := unknown(reference, configuration, schemas):
                yield Fault(expression.file, expression.line, sentence)
    yield from unused(configuration, used)


def of_variable(variable: Block) -> Iterator[Fault]:
    for name in ("description", "type"):
        if name not in variable.arguments:
            yield variable.fault(f"{variable.address} lacks {name}")


def without_types(top: Block) -> Block:
    """Return a variable's block without its type, whose words are no references."""
    if top.kind != "variable":
        return top
    arguments = {name: value for name, value in top.arguments.items() if name != "type"}
    return Block(top.kind, top.labels, arguments, top.blocks, top.file, top.line)


def iterators(top: Block) -> frozenset[str]:
    """Return the names that a block binds: `each` with for_each, `count` with count."""
    bound = {"for_each": "each", "count": "count"}
    return frozenset(name for argument, name in bound.items() if argument in top.arguments)


def declaration(reference: Reference) -> tuple[str, ...]:
    """Return the part of a reference that names what is declared."""
    return reference.path[: {"var": 2, "local": 2, "module": 2, "data": 3}.get(reference.path[0], 2)]


def unknown(reference: Reference, configuration: Configuration, schemas: Schemas) -> str | None:
    """Return what a reference names that is not there, as a sentence."""
    match reference.path:
        case ("var", name, *members):
            variable = configuration.of("variable").get(name)
            return f"no variable {name} is declared" if variable is None else unknown_member(variable, members)
        case ("local", name, *_):
            return None if name in configuration.locals else f"no local value {name} is declared"
        case ("module", name, *members):
            return unknown_output(configuration, name, members)
        case ("data", kind, name, *members):
            return unknown_attribute(("data", kind, name), members, configuration, schemas)
        case (kind, name, *members) if "_" in kind:
            return unknown_attribute((kind, name), members, configuration, schemas)
        case (name, *_) if name in BUILT_IN:
            return None
    return f"{reference} refers to nothing that is declared"


def unknown_member(variable: Block, members: list[str]) -> str | None:
    """Return which attribute of an object variable is not in its type."""
    types = member_types(variable.arguments["type"].tree) if "type" in variable.arguments else None
    if not members or types is None or members[0] in types:
        return None
    return f"var.{variable.labels[0]} has no attribute {members[0]}"


def unknown_output(configuration: Configuration, name: str, members: list[str]) -> str | None:
    module = configuration.of("module").get(name)
    if module is None:
        return f"no module {name} is called"
    outputs = read_configuration(configuration.source(module)).of("output")
    return f"module.{name} has no output {members[0]}" if members and members[0] not in outputs else None


def unknown_attribute(
    key: tuple[str, ...], members: list[str], configuration: Configuration, schemas: Schemas
) -> str | None:
    address = ".".join(key)
    block = configuration.objects.get(key)
    if block is None:
        return f"no {address} is declared"
    schema: BlockSchema | None = schemas.of(block.kind).get(block.labels[0])
    for member in members:
        if schema is None or member in schema.attributes:
            return None
        if member not in schema.blocks:
            return f"{address} has no attribute {member}"
        schema = schema.blocks[member]
    return None


def unused(configuration: Configuration, used: set[tuple[str, ...]]) -> Iterator[Fault]:
    """Yield variables, local values and data sources that nothing refers to."""
    for name, variable in configuration.of("variable").items():
        if ("var", name) not in used:
            yield variable.fault(f"the variable {name} is not used")
    for name, value in configuration.locals.items():
        if ("local", name) not in used:
            yield Fault(value.file, value.line, f"the local value {name} is not used")
    for key, block in configuration.objects.items():
        if block.kind == "data" and key not in used:
            yield block.fault(f"{block.address} is not used")

"""A resource's arguments and nested blocks against its provider's schema."""

from collections import Counter
from collections.abc import Iterator

from infra.azure.check.configurations import Configuration
from infra.azure.check.hcl import Block, Expression, Fault
from infra.azure.check.literals import NotLiteralError, literal
from infra.azure.check.schema import Attribute, BlockSchema, Schemas

META_ARGUMENTS = frozenset({"count", "for_each", "depends_on", "provider"})
META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection", "timeouts"})

SHAPES: dict[str, tuple[type, ...]] = {"list": (list,), "set": (list,), "map": (dict,), "object": (dict,)}
"""What a value of a type looks like when it is written out."""


def argument_faults(configuration: Configuration, schemas: Schemas) -> Iterator[Fault]:
    """Yield what is wrong with the resources and data sources of a configuration."""
    for block in configuration.objects.values():
        kind = block.labels[0]
        known = schemas.of(block.kind)
        if kind.partition("_")[0] not in configuration.providers:
            yield block.fault(f"{block.address}: required_providers lacks the provider of {kind}")
        if kind in known:
            yield from in_block(block, known[kind], block.address, META_ARGUMENTS, META_BLOCKS)
        else:
            yield block.fault(f"{block.address}: the schema has no {block.kind} {kind}")


def in_block(
    block: Block,
    schema: BlockSchema,
    where: str,
    meta_arguments: frozenset[str] = frozenset(),
    meta_blocks: frozenset[str] = frozenset(),
) -> Iterator[Fault]:
    """Yield the faults of one block and of all in it; `where` says whose block it is."""
    for name, expression in block.arguments.items():
        if name not in meta_arguments:
            yield from of_argument(block, schema, where, name, expression)
    for name, attribute in schema.attributes.items():
        if attribute.required and name not in block.arguments:
            yield block.fault(f"{where} lacks the argument {name}")
    yield from of_blocks(block, schema, where, meta_blocks)


def of_argument(block: Block, schema: BlockSchema, where: str, name: str, value: Expression) -> Iterator[Fault]:
    attribute = schema.attributes.get(name)
    if name in schema.blocks:
        yield Fault(block.file, value.line, f"{where}: {name} is a block, not an argument: write it without =")
    elif attribute is None:
        yield Fault(block.file, value.line, f"{where} has no argument {name}")
    elif not attribute.settable:
        yield Fault(block.file, value.line, f"{where}: {name} is set by the provider, nobody else can set it")
    elif "d" in attribute.flags:
        yield Fault(block.file, value.line, f"{where}: {name} is deprecated")
    elif not fits(attribute, value):
        yield Fault(block.file, value.line, f"{where}: {name} must be a {attribute.type}")


def fits(attribute: Attribute, expression: Expression) -> bool:
    """Say whether a value that is written out can have the attribute's type; of others this knows nothing."""
    try:
        value = literal(expression)
    except NotLiteralError:
        return True
    if value is None:
        return not attribute.required
    match attribute.type:
        case [str(kind), *_]:
            return isinstance(value, SHAPES[kind])
        case "number":
            return isinstance(value, float) or (isinstance(value, str) and value.replace(".", "", 1).isdigit())
        case "bool":
            return value in (True, False, "true", "false")
    return not isinstance(value, list | dict)


def of_blocks(block: Block, schema: BlockSchema, where: str, meta_blocks: frozenset[str]) -> Iterator[Fault]:
    inner = [each for each in block.blocks if each.kind not in meta_blocks]
    for each in inner:
        name, bodies = unwrapped(each)
        if name in schema.blocks:
            for body in bodies:
                yield from in_block(body, schema.blocks[name], f"{where}, {name}")
        else:
            yield each.fault(f"{where} has no block {name}")
    yield from of_counts(block, inner, schema, where)


def of_counts(block: Block, inner: list[Block], schema: BlockSchema, where: str) -> Iterator[Fault]:
    """Yield blocks that are missing or too many; how many a dynamic one stands for is not known."""
    dynamic = {each.labels[0] for each in inner if each.kind == "dynamic"}
    static = Counter(each.kind for each in inner)
    for name, expected in schema.blocks.items():
        if static[name] < expected.least and name not in dynamic:
            yield block.fault(f"{where} lacks the block {name}")
        if expected.most and static[name] > expected.most:
            yield block.fault(f"{where} has {static[name]} blocks {name}, and may have {expected.most}")


def unwrapped(block: Block) -> tuple[str, tuple[Block, ...]]:
    """Return the name and the bodies that a block stands for: a dynamic one stands for its content."""
    return (block.labels[0], tuple(block.of("content"))) if block.kind == "dynamic" else (block.kind, (block,))

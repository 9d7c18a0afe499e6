"""OpenTofu files as blocks and expressions, with the lines they stand in."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import hcl2
from lark import Token, Tree

type Node = Tree[Token]

QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where."""

    file: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Expression:
    """The value of an argument, as it is written."""

    tree: Node
    file: Path
    line: int


@dataclass(frozen=True)
class Block:
    """A block: `resource "azurerm_subnet" "app" {...}` has the kind `resource` and two labels."""

    kind: str
    labels: tuple[str, ...]
    arguments: dict[str, Expression]
    blocks: tuple["Block", ...]
    file: Path
    line: int

    def fault(self, sentence: str) -> Fault:
        return Fault(self.file, self.line, sentence)

    @cached_property
    def address(self) -> str:
        """How people call it: `azurerm_subnet.app`, `data.azurerm_subnet.app`, `variable.name`."""
        kind = () if self.kind == "resource" else (self.kind,)
        return ".".join((*kind, *self.labels))

    def of(self, kind: str) -> Iterator["Block"]:
        return (block for block in self.blocks if block.kind == kind)

    def every(self) -> Iterator["Block"]:
        """Yield the block and all blocks in it."""
        yield self
        for block in self.blocks:
            yield from block.every()


def parse_folder(folder: Path) -> tuple[Block, ...]:
    """Return the top blocks of a folder's `*.tf` files."""
    return tuple(block for file in sorted(folder.glob("*.tf")) for block in parse(file.read_text("utf-8"), file))


def parse(text: str, file: Path) -> tuple[Block, ...]:
    """Return the top blocks of a file. Raises lark's UnexpectedInput where it is no HCL."""
    tree = hcl2.parses_to_tree(text)
    return tuple(read_block(node, file) for node in trees(body_of(tree)) if node.data == "block")


def read_block(node: Node, file: Path) -> Block:
    kind, *labels = (label(child) for child in trees(node) if child.data in {"identifier", "string"})
    inside = list(trees(body_of(node)))
    return Block(
        kind=kind,
        labels=tuple(labels),
        arguments=dict(read_argument(child, file) for child in inside if child.data == "attribute"),
        blocks=tuple(read_block(child, file) for child in inside if child.data == "block"),
        file=file,
        line=node.meta.line,
    )


def read_argument(node: Node, file: Path) -> tuple[str, Expression]:
    name, value = list(trees(node))
    return label(name), Expression(value, file, node.meta.line)


def body_of(node: Node) -> Node:
    return next(child for child in trees(node) if child.data == "body")


def label(node: Node) -> str:
    """Return the text of an identifier, or of a string without interpolation."""
    return "".join(map(str, node.scan_values(lambda part: part != QUOTE)))


def trees(node: Node) -> Iterator[Node]:
    """Yield the children that are not tokens."""
    return (child for child in node.children if isinstance(child, Tree))


def below(node: Node) -> Iterator[Node]:
    """Yield the node and all nodes in it, each before those in it."""
    yield node
    for child in trees(node):
        yield from below(child)

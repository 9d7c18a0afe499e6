"""What an expression refers to: `var.name`, `local.names.identity`, `azurerm_subnet.app[0].id`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import hcl2

from infra.azure.check.hcl import Block, Expression, Node, below, label, trees

CHAINS = frozenset({"get_attr_expr_term", "index_expr_term", "full_splat_expr_term", "attr_splat_expr_term"})
STEPS = frozenset({"get_attr", "full_splat", "attr_splat"})
LOOPS = frozenset({"for_object_expr", "for_tuple_expr"})
HEREDOCS = frozenset({"heredoc_template", "heredoc_template_trim"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A name and the attributes after it; indexes and splats are left out."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


def references(expression: Expression, bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """Yield what an expression refers to, without the names that it binds itself or that are `bound` around it."""
    return walk(expression.tree, bound)


def walk(node: Node, bound: frozenset[str]) -> Iterator[Reference]:
    if node.data in LOOPS:
        bound |= bound_by(node)
    if node.data in HEREDOCS:
        yield from in_heredoc(str(node.children[0]), bound)
    elif path := chain(node):
        if path[0] not in bound:
            yield Reference(path)
        yield from in_indexes(node, bound)
    else:
        for child in trees(node):
            if not is_plain_key(node, child):
                yield from walk(child, bound)


def bound_by(loop: Node) -> frozenset[str]:
    """Return the names that a `for` gives to keys and values."""
    intro = next(child for child in trees(loop) if child.data == "for_intro")
    return frozenset(label(child) for child in trees(intro) if child.data == "identifier")


def is_plain_key(node: Node, child: Node) -> bool:
    """Say whether `child` is the key of `{ key = value }`, which is a name and refers to nothing."""
    return node.data == "object_elem_key" and [grandchild.data for grandchild in trees(child)] == ["identifier"]


def chain(node: Node) -> tuple[str, ...]:
    """Return a name with the attributes after it, or nothing if the node is no such chain."""
    match [child for child in trees(node) if child.data != "new_line_or_comment"]:
        case [inner] if node.data == "expr_term" and inner.data == "identifier":
            return (label(inner),)
        case [inner] if node.data == "expr_term" and inner.data in CHAINS:
            return chain(inner)
        case [start, *steps] if node.data in CHAINS:
            before = chain(start)
            return (*before, *(name for step in steps for name in attributes(step))) if before else ()
    return ()


def attributes(step: Node) -> Iterator[str]:
    """Yield the attribute names of `.name`, `[*].name.name`, and of `[0]` none."""
    if step.data == "get_attr":
        yield label(next(trees(step)))
    elif step.data in STEPS:
        for child in trees(step):
            yield from attributes(child)


def in_indexes(node: Node, bound: frozenset[str]) -> Iterator[Reference]:
    """Yield what stands in the brackets of a chain: `local.b` of `local.a[local.b]`."""
    for child in trees(node):
        if child.data == "braces_index":
            for index in trees(child):
                yield from walk(index, bound)
        elif child.data in CHAINS | STEPS | {"expr_term"}:
            yield from in_indexes(child, bound)


def in_heredoc(text: str, bound: frozenset[str]) -> Iterator[Reference]:
    """Yield what a heredoc's `${...}` and `%{...}` refer to; names bound by its loops are bound in all of it."""
    parts = list(template_parts(text))
    bound |= frozenset(name for part in parts for name in loop_names(part))
    for part in parts:
        source = re.sub(r"^(for\b.*?\bin\b|if\b|else\b|endif\b|endfor\b)", "", part).strip()
        if source:
            yield from walk(parse_expression(source), bound)


def template_parts(text: str) -> Iterator[str]:
    """Yield the texts within `${...}` and `%{...}`, however many braces they have themselves."""
    for opening in re.finditer(r"(?<![$%])[$%]\{~?", text):
        depth, end = 1, opening.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[opening.end() : end - 1].removesuffix("~").strip()


def loop_names(part: str) -> list[str]:
    found = re.match(r"for\s+(\w+)(?:\s*,\s*(\w+))?\s+in\b", part)
    return [name for name in found.groups() if name] if found else []


def parse_expression(source: str) -> Node:
    return next(each for each in below(hcl2.parses_to_tree(f"x = {source}\n")) if each.data == "expr_term")


def in_block(block: Block, bound: frozenset[str] = frozenset()) -> Iterator[tuple[Reference, Expression]]:
    """Yield what a block refers to, with the argument in which it does; a dynamic block binds its iterator."""
    if block.kind == "dynamic":
        bound |= {iterator_of(block)}
    for name, expression in block.arguments.items():
        if name == "iterator" and block.kind == "dynamic":
            continue
        for reference in references(expression, bound):
            yield reference, expression
    for inner in block.blocks:
        yield from in_block(inner, bound)


def iterator_of(dynamic: Block) -> str:
    named = dynamic.arguments.get("iterator")
    return label(named.tree) if named else dynamic.labels[0]

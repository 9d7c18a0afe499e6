"""Values of expressions that are written out: strings, numbers, lists and objects of those."""

import json
import re

from infra.azure.check.hcl import Expression, Node, label, trees

type Value = str | float | bool | list["Value"] | dict[str, "Value"] | None


class NotLiteralError(ValueError):
    """The value depends on something, so it is not known from the file alone."""


def literal(expression: Expression) -> Value:
    """Return the value of an expression. Raises NotLiteralError if it refers to something or calls a function."""
    return value_of(expression.tree)


def value_of(node: Node) -> Value:
    inner = [child for child in trees(node) if child.data != "new_line_or_comment"]
    match str(node.data):
        case "expr_term" if len(inner) == 1:
            return value_of(inner[0])
        case "string":
            return text_of(node)
        case "int_lit" | "float_lit":
            return float(label(node))
        case "literal_value":
            return {"true": True, "false": False, "null": None}[label(node)]
        case "tuple":
            return [value_of(child) for child in inner]
        case "object":
            return dict(element(child) for child in inner)
    raise NotLiteralError(f"a {node.data} is not written out")


def text_of(node: Node) -> str:
    if any(node.find_data("interpolation")):
        raise NotLiteralError("the string has an interpolation")
    return str(json.loads(f'"{re.sub(r"([$%])[$%][{]", r"\1{", label_of_string(node))}"'))


def label_of_string(node: Node) -> str:
    """Return what stands between the quotes, escapes as they are."""
    return "".join(str(part.children[0]) for part in node.find_data("string_part"))


def element(node: Node) -> tuple[str, Value]:
    key, value = list(trees(node))
    inner = next(trees(key))
    name = next(trees(inner), inner)
    return (label(name) if name.data == "identifier" else str(value_of(inner))), value_of(value)


def object_elements(node: Node) -> dict[str, Node]:
    """Return the members of an object by name, their values as they are written; of anything else, none."""
    found: dict[str, Node] = {}
    for child in trees(node):
        if child.data == "object":
            for each in trees(child):
                if each.data == "object_elem":
                    key, value = list(trees(each))
                    found[label(key).strip('"')] = value
    return found

"""Docstrings name errors that exist."""

import ast
import builtins
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [file for folder in ("functions", "relaykeeper", "shared") for file in sorted((ROOT / folder).rglob("*.py"))]
RAISES = re.compile(r"\bRaises? ((?:[A-Z]\w+(?:, | or | and )?)+)")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def test_what_a_docstring_says_is_raised_exists() -> None:
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
    known = set(dir(builtins)).union(*map(names_in, trees.values()))
    unknown = [
        (str(file.relative_to(ROOT)), name)
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED)
        for names in RAISES.findall(ast.get_docstring(node) or "")
        for name in re.findall(r"\w+", names)
        if name[0].isupper() and name not in known
    ]
    assert unknown == []


def names_in(tree: ast.AST) -> set[str]:
    """Return the classes that a file defines, and what it imports, a library's errors among them."""
    nodes = list(ast.walk(tree))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return imported | attributes | {node.name for node in nodes if isinstance(node, ast.ClassDef)}


def test_the_pattern_finds_what_is_raised() -> None:
    assert [name for names in RAISES.findall("Raises LeaseTaken, Paused.") for name in re.findall(r"\w+", names)] == [
        "LeaseTaken",
        "Paused",
    ]

"""The tables of variables and outputs in the modules' READMEs: `python -m infra.azure.check.readme` writes them."""

from collections.abc import Iterator
from pathlib import Path

from infra.azure.check.configurations import MODULES, Configuration, read_configuration
from infra.azure.check.hcl import Block, Expression
from infra.azure.check.literals import literal

BEGIN, END = "<!-- made from the module's files by `make generate` -->", "<!-- end of what is made -->"


def with_tables(text: str, module: Path) -> str:
    """Return a README with tables as the module's files have them. Raises ValueError if it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{module / 'README.md'} lacks the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables(read_configuration(module))}\n{END}{after}"


def tables(configuration: Configuration) -> str:
    variables, outputs = configuration.of("variable"), configuration.of("output")
    return "\n".join(
        [
            "### Variables\n",
            "| variable | type | default | meaning |\n|---|---|---|---|",
            *(variable_row(variable) for variable in in_order(variables)),
            "\n### Outputs\n",
            "| output | meaning |\n|---|---|",
            *(f"| `{output.labels[0]}` | {description(output)} |" for output in in_order(outputs)),
            "",
        ]
    )


def in_order(blocks: dict[str, Block]) -> Iterator[Block]:
    """Yield what must be given first, then the rest, as the files have them."""
    return iter(sorted(blocks.values(), key=lambda block: block.kind == "variable" and "default" in block.arguments))


def variable_row(variable: Block) -> str:
    default = variable.arguments.get("default")
    shown = f"`{source(default)}`" if default else "required"
    return f"| `{variable.labels[0]}` | {type_name(variable.arguments['type'])} | {shown} | {description(variable)} |"


def description(block: Block) -> str:
    return cell(str(literal(block.arguments["description"])))


def type_name(expression: Expression) -> str:
    """Return the type on one line; the members of an object are in the description."""
    text = source(expression)
    return f"`{text}`" if len(text) <= 40 else f"`{text.partition('(')[0]}`"


def source(expression: Expression) -> str:
    """Return an expression as it is written, on one line."""
    start, end = expression.tree.meta.start_pos, expression.tree.meta.end_pos
    return cell(" ".join(expression.file.read_text("utf-8")[start:end].split()))


def cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for module in MODULES:
        file = module / "README.md"
        file.write_text(with_tables(file.read_text("utf-8"), module), "utf-8")

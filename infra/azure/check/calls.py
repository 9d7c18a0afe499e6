"""Calls of modules: each input is a variable of the module, and none that it needs is missing."""

from collections.abc import Iterator

from infra.azure.check.configurations import Configuration, read_configuration
from infra.azure.check.hcl import Block, Fault

META = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


def call_faults(configuration: Configuration) -> Iterator[Fault]:
    """Yield inputs that a module does not have, and those that it needs and does not get."""
    for name, call in configuration.of("module").items():
        variables = read_configuration(configuration.source(call)).of("variable")
        for given, expression in call.arguments.items():
            if given not in META and given not in variables:
                yield Fault(call.file, expression.line, f"the module {name} has no variable {given}")
        for missing in needed(variables) - call.arguments.keys():
            yield call.fault(f"the module {name} needs {missing}")


def needed(variables: dict[str, Block]) -> set[str]:
    return {name for name, variable in variables.items() if "default" not in variable.arguments}

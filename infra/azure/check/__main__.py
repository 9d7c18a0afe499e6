"""Check all configurations of `infra/azure`: prints what is wrong, and ends with status 1 if anything is."""

import sys
from collections.abc import Iterator

from infra.azure.check.arguments import argument_faults
from infra.azure.check.calls import call_faults
from infra.azure.check.configurations import FOLDERS, Configuration, read_configuration
from infra.azure.check.hcl import Fault
from infra.azure.check.names import name_faults
from infra.azure.check.schema import Schemas, load_schemas


def faults(configuration: Configuration, schemas: Schemas) -> Iterator[Fault]:
    """Yield all that is wrong with a configuration."""
    yield from argument_faults(configuration, schemas)
    yield from name_faults(configuration, schemas)
    yield from call_faults(configuration)


if __name__ == "__main__":
    schemas = load_schemas()
    found = [fault for folder in FOLDERS for fault in faults(read_configuration(folder), schemas)]
    print("\n".join(map(str, found)) or f"{len(FOLDERS)} configurations fit the providers' schemas.")
    sys.exit(bool(found))

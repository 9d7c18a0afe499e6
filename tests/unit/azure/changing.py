"""The module as it would be after a change to one of its files."""

from infra.azure.check.__main__ import faults
from infra.azure.check.configurations import AZURE, Configuration, read_configuration
from infra.azure.check.hcl import parse
from infra.azure.check.schema import Schemas

MODULE = AZURE / "modules/relaykeeper"


def changed(file: str, old: str, new: str, folder: str = "modules/relaykeeper") -> Configuration:
    """Return a configuration with `old` replaced in one of its files; `old` must be there once."""
    real = read_configuration(AZURE / folder)
    path = AZURE / folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
    others = tuple(block for block in real.blocks if block.file != path)
    return Configuration(real.folder, (*others, *parse(text.replace(old, new), path)))


def sentences(configuration: Configuration, schemas: Schemas) -> list[str]:
    return [fault.sentence for fault in faults(configuration, schemas)]

"""The modules' READMEs show the variables and outputs that the modules have."""

import re
from pathlib import Path

import pytest

from infra.azure.check.configurations import AZURE, MODULES, read_configuration
from infra.azure.check.readme import with_tables


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_tables_are_in_step(module: Path) -> None:
    text = (module / "README.md").read_text("utf-8")
    assert with_tables(text, module) == text, "run `make generate`"


def test_a_readme_without_a_place_for_the_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        with_tables("# A module", MODULES[0])


def test_what_can_be_imported_has_an_address_in_the_module() -> None:
    shown = re.findall(
        r"^  to = module\.relaykeeper\.(\w+)\.(\w+)", (AZURE / "README.md").read_text(), flags=re.MULTILINE
    )
    assert shown
    assert set(shown) <= read_configuration(AZURE / "modules/relaykeeper").objects.keys()


def test_the_readme_pins_what_the_module_needs() -> None:
    """The versions that the module's README names are those in its files."""
    readme = (AZURE / "modules/relaykeeper/README.md").read_text()
    versions = (AZURE / "modules/relaykeeper/versions.tf").read_text()
    assert "azurerm 5.2 or later, below 6" in readme
    assert 'version = ">= 5.2.0, < 6.0.0"' in versions
    assert "OpenTofu or Terraform 1.9 or later" in readme
    assert 'required_version = ">= 1.9.0"' in versions

"""The modules' READMEs show the variables and outputs that the modules have."""

from pathlib import Path

import pytest

from infra.azure.check.configurations import MODULES
from infra.azure.check.readme import with_tables


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_tables_are_in_step(module: Path) -> None:
    text = (module / "README.md").read_text("utf-8")
    assert with_tables(text, module) == text, "run `make generate`"


def test_a_readme_without_a_place_for_the_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        with_tables("# A module", MODULES[0])

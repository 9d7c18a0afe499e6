"""OpenTofu on a copy of infra/azure, with a stand-in in place of Azure's providers: it has their schemas alone."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.azure.check.configurations import AZURE
from infra.azure.check.schema import SCHEMAS
from infra.local.azure_tools import provider_path, tofu_path
from infra.local.tools import needed_for_tests

type Tofu = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which `tofu init` installs providers, one for each schema; and the configuration that names it."""
    folder = tmp_path_factory.mktemp("providers")
    program = needed_for_tests("the stand-in for Azure's provider", provider_path())
    for schema in SCHEMAS.glob("*.json"):
        name, _, version = schema.stem.partition("-")
        place = folder / "registry.opentofu.org/hashicorp" / name / version / "linux_amd64"
        place.mkdir(parents=True)
        shutil.copy(program, place / f"terraform-provider-{name}_v{version}")
    (folder / "tofurc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n'
    )
    return folder


@pytest.fixture(scope="session")
def tofu(mirror: Path) -> Tofu:
    """Run OpenTofu in a folder, and fail with what it says if it fails."""
    settings = {
        "TF_CLI_CONFIG_FILE": str(mirror / "tofurc"),
        "RELAYKEEPER_PROVIDER_SCHEMAS": str(SCHEMAS),
        "CHECKPOINT_DISABLE": "1",
    }
    program = needed_for_tests("OpenTofu", tofu_path())

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, f"-chdir={folder}", *arguments],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=250,
        )

    return run


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """A copy of infra/azure, as init writes into the folders of the configurations."""
    target = tmp_path / "azure"
    shutil.copytree(AZURE, target, ignore=shutil.ignore_patterns("__pycache__", ".terraform*"))
    yield target
    shutil.rmtree(target)

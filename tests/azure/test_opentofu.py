"""OpenTofu accepts the configurations, and the module's own tests pass, with no more than the providers' schemas."""

import re
import subprocess
from pathlib import Path

import pytest

from infra.azure.check.configurations import AZURE, FOLDERS
from tests.azure.conftest import Tofu

PROVIDER = 'terraform {\n  required_providers {\n    azurerm = { source = "hashicorp/azurerm" }\n  }\n}\n'

PLACES = [str(folder.relative_to(AZURE)) for folder in FOLDERS]


def succeeded(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_files_are_formatted(tofu: Tofu) -> None:
    assert succeeded(tofu(AZURE, "fmt", "-check", "-recursive", "-diff")) == ""


@pytest.mark.parametrize("place", PLACES)
def test_a_configuration_is_valid(place: str, copy: Path, tofu: Tofu) -> None:
    succeeded(tofu(copy / place, "init", "-backend=false", "-no-color"))
    assert "The configuration is valid" in succeeded(tofu(copy / place, "validate", "-no-color"))


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_modules_tests_pass_and_what_is_printed_for_other_teams_is_valid(copy: Path, tofu: Tofu) -> None:
    """The owners of vaults and zones get Terraform as a text: it must stand on its own."""
    module = copy / "modules/relaykeeper"
    runs = re.findall(r'^run "', (module / "tests/relaykeeper.tftest.hcl").read_text(), flags=re.MULTILINE)
    succeeded(tofu(module, "init", "-backend=false", "-no-color"))
    shown = succeeded(tofu(module, "test", "-no-color", "-verbose"))
    assert f"{len(runs)} passed, 0 failed" in shown

    theirs = copy / "theirs"
    theirs.mkdir()
    (theirs / "main.tf").write_text(PROVIDER + printed(shown, "the_roles_of_other_teams_can_be_printed"))
    succeeded(tofu(theirs, "init", "-backend=false", "-no-color"))
    succeeded(tofu(theirs, "validate", "-no-color"))


def test_the_tests_of_the_app_registration_pass(copy: Path, tofu: Tofu) -> None:
    module = copy / "modules/app-registration"
    succeeded(tofu(module, "init", "-backend=false", "-no-color"))
    assert "2 passed, 0 failed" in succeeded(tofu(module, "test", "-no-color"))


def printed(shown: str, name: str) -> str:
    """Return the output role_terraform of a run."""
    run = shown.partition(f'run "{name}"')[2]
    text = run.partition("role_terraform = <<-EOT\n")[2].partition("\nEOT\n")[0]
    assert text.count('resource "azurerm_role_assignment"') == 7, text
    return f"{text}\n"


def test_a_wrong_argument_is_noticed(copy: Path, tofu: Tofu) -> None:
    """The stand-in for the provider shows OpenTofu what the schema has, and nothing more."""
    file = copy / "modules/relaykeeper/app.tf"
    file.write_text(file.read_text().replace("https_only ", "only_https "))
    succeeded(tofu(file.parent, "init", "-backend=false", "-no-color"))
    ended = tofu(file.parent, "validate", "-no-color")
    assert ended.returncode != 0
    assert 'An argument named "only_https" is not expected here' in ended.stdout

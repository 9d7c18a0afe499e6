"""The plan of an inventory that is not deployed: the command as a pipeline runs it, against the running host."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.local.example_inventory import FUNCTION_KEY
from tests.e2e.conftest import DEV, HOST, Fleet

pytestmark = pytest.mark.e2e


def plan(fleet: Fleet, path: Path, document: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    environment = {
        **os.environ,
        "RELAYKEEPER_APP_URL": fleet.stack.addresses.functions_host,
        "RELAYKEEPER_FUNCTION_KEY": FUNCTION_KEY,
    }
    command = [sys.executable, "-m", "relaykeeper", "plan", "--inventory", str(path), "--exit-code", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_pipeline_plans_what_is_not_deployed_and_changes_nothing(fleet: Fleet, tmp_path: Path) -> None:
    document, path = yaml.safe_load(fleet.inventory_file.read_text()), tmp_path / "inventory.yaml"
    before = fleet.stored()
    same = plan(fleet, path, document)
    assert (same.returncode, same.stdout) == (0, "It is the deployed inventory: nothing to do.\n"), same.stderr

    document["certificates"][DEV]["dns_names"].append(f"planned.{HOST}")
    more = plan(fleet, path, document, "--format", "markdown", "--counts-only")
    assert more.returncode == 2, more.stderr
    assert "- a certificate: +1 name -> a new order; 1 relay; 0 restarts\n" in more.stdout
    assert HOST not in more.stdout

    vault = document["certificates"][DEV]["vault"]
    document["vaults"][vault]["url"] = "https://attacker.example.net"
    refused = plan(fleet, path, document)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"vaults.{vault}.url: is an address that the deployed inventory does not have there" in refused.stderr
    assert fleet.stored() == before

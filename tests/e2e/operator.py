"""Somebody with the command, as a process, against the running stack."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.example_inventory import FUNCTION_KEY
from relaykeeper.exit_codes import ExitCode
from tests.e2e.conftest import HOST, Fleet

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody with the command and nothing else."""

    fleet: Fleet

    def run(self, *arguments: str, code: int = ExitCode.DONE) -> str:
        """Run the command; return what it printed, progress included. It must end with this code."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RELAYKEEPER_")},
            "RELAYKEEPER_APP_URL": self.fleet.stack.addresses.functions_host,
            "RELAYKEEPER_FUNCTION_KEY": FUNCTION_KEY,
            "RELAYKEEPER_CONFIG": str(self.fleet.stack.folder / "no-config.toml"),
        }
        argv = [sys.executable, "-m", "relaykeeper", *arguments]
        done = subprocess.run(
            argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert FUNCTION_KEY not in done.stdout + done.stderr
        return done.stdout if "--json" in arguments else done.stdout + done.stderr

    def read(self, *arguments: str, code: int = ExitCode.DONE) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code))

    def replicas(self) -> list[str]:
        return [f"{address}:25" for cluster in self.fleet.clusters for address in cluster.addresses()]

    @property
    def server(self) -> tuple[str, ...]:
        return ("--sni", HOST, "--roots", str(self.fleet.stack.folder / "pki" / "pebble-root.pem"))

"""Run the programs that a deployment needs, and say in words what one of them could not do."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

LAST_LINES = 20
"""How much of what a failed program said an error quotes."""

TOFU = ("tofu", "terraform")
"""The first that is there is used; both read the same module and state."""


class DeployError(RuntimeError):
    """The deployment cannot go on; says what was tried, what prevented it and what to do."""


def needed(names: Sequence[str], where_from: str) -> str:
    """Return the first of these programs that is there. Raises DeployError if none is."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise DeployError(f"{' or '.join(names)} is not on this machine: {where_from}")


def tofu() -> str:
    return needed(TOFU, "install OpenTofu (https://opentofu.org/docs/intro/install)")


def azure_cli() -> str:
    return needed(["az"], "install the Azure CLI (https://learn.microsoft.com/cli/azure/install-azure-cli)")


def run(argv: Sequence[str | Path], tried: str, *, allowed: Sequence[int] = (0,)) -> int:
    """Run a program whose output people see; return its status. Raises DeployError for one that is not allowed."""
    status = subprocess.run(argv, check=False).returncode
    if status not in allowed:
        raise DeployError(f"{tried}: `{shown(argv)}` ended with status {status}; see above")
    return status


def read(argv: Sequence[str | Path], tried: str) -> str:
    """Return what a program prints. Raises DeployError with its last lines if it fails."""
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = "\n".join(ended.stderr.splitlines()[-LAST_LINES:])
        raise DeployError(f"{tried}: `{shown(argv)}` ended with status {ended.returncode}:\n{last}")
    return ended.stdout


def shown(argv: Sequence[str | Path]) -> str:
    return " ".join([Path(argv[0]).name, *map(str, argv[1:])])

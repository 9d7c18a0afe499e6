"""The plan of an environment's infrastructure: made, shown, saved; and that plan applied, no other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deploy.programs import DeployError, read, run, tofu

QUOTED = 200
"""Characters of what is not as expected."""

MODULE = "relaykeeper"
"""What `infra/azure/environments` calls the module; its argument `environment` is the name of the folder."""

CHANGES = 2
"""The status with which `plan -detailed-exitcode` says that there is something to change."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A saved plan of that environment; `removed` are the addresses of what it deletes or replaces."""

    file: Path
    environment: str | None
    changes: bool
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """The folder of an environment, `infra/azure/environments/ENV`."""

    folder: Path

    def prepare(self) -> None:
        """Get the providers and find the state: nothing below works without."""
        run(self._command("init", "-input=false"), f"cannot prepare {self.folder.name}")

    def plan(self, file: Path) -> Plan:
        """Make a plan, show it, save it in `file`. Changes nothing in Azure, nor the state."""
        file.parent.mkdir(parents=True, exist_ok=True)
        make = self._command("plan", "-input=false", "-lock=false", "-detailed-exitcode", f"-out={file.absolute()}")
        run(make, "cannot make the plan", allowed=(0, CHANGES))
        return self.read_plan(file)

    def show(self, plan: Plan) -> str:
        return read(self._command("show", "-no-color", plan.file.absolute()), "cannot show the plan")

    def read_plan(self, file: Path) -> Plan:
        """Return a plan that was saved."""
        shown = self._document("show", "-json", file.absolute(), tried="cannot read the saved plan")
        changes = [each for each in shown.get("resource_changes", ()) if each["change"]["actions"] not in UNCHANGED]
        removed = tuple(each["address"] for each in changes if "delete" in each["change"]["actions"])
        return Plan(file, planned_environment(shown), bool(changes) or changes_outputs(shown), removed)

    def apply(self, plan: Plan) -> None:
        """Apply the saved plan: the program refuses it if the state has changed since."""
        run(self._command("apply", "-input=false", plan.file.absolute()), "cannot apply the plan")

    def outputs(self) -> Mapping[str, Any]:
        """Return the module's outputs by name. Raises DeployError if it was never applied."""
        said = self._document("output", "-json", tried="cannot read the outputs")
        if not said:
            raise DeployError(f"{self.folder} has no outputs: it was never applied. Deploy it first.")
        return {name: output["value"] for name, output in said.items()}

    def _document(self, name: str, *arguments: str | Path, tried: str) -> dict[str, Any]:
        """Return the JSON object that a command prints, after what it may have to warn of."""
        said = read(self._command(name, *arguments), tried)
        try:
            document: dict[str, Any] = json.loads(said[said.index("{") :])
        except ValueError:
            raise DeployError(f"{tried}: {name} printed no JSON but {said[:QUOTED]!r}") from None
        return document

    def _command(self, name: str, *arguments: str | Path) -> list[str | Path]:
        return [tofu(), f"-chdir={self.folder}", name, *arguments]


UNCHANGED = (["no-op"], ["read"])


def changes_outputs(shown: Mapping[str, Any]) -> bool:
    return any(change["actions"] not in UNCHANGED for change in shown.get("output_changes", {}).values())


def planned_environment(shown: Mapping[str, Any]) -> str | None:
    """Return the environment that the module is told in a plan; None if that is another configuration."""
    module = shown.get("configuration", {}).get("root_module", {}).get("module_calls", {}).get(MODULE, {})
    name: str | None = module.get("expressions", {}).get("environment", {}).get("constant_value")
    return name


def refuse_other(plan: Plan, environment: str) -> None:
    """Raise DeployError if a plan is another environment's: it brings its own state, and would change what is there."""
    if plan.environment != environment:
        raise DeployError(
            f"{plan.file} is a plan of {plan.environment or 'something else'}, not of {environment}; nothing was "
            f"applied. Make one: `make plan ENV={environment}`."
        )


def refuse_removal(plan: Plan) -> None:
    """Raise DeployError if a plan would delete or replace anything."""
    if plan.removed:
        raise DeployError(
            f"the plan deletes or replaces {', '.join(plan.removed)}; nothing was applied. If that is meant, read in "
            "docs/operations.md what would be lost, and deploy again with REMOVE=yes."
        )

"""Where an environment's app is, from the outputs of its infrastructure, and who is signed in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from infra.deploy.programs import DeployError, azure_cli, read

SITES = "2024-04-01"
"""The version of Azure's API: az would look for one, which needs a right on the subscription."""


@dataclass(frozen=True, slots=True)
class Target:
    """`id` is the app's in Azure, `inventory` what it reads of the package; `scope` is what a token for its API
    is for; `grants` are commands for the roles that the module leaves to the owners of their scopes, if told so."""

    app: str
    id: str
    inventory: str
    url: str
    scope: str
    grants: tuple[str, ...]

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> Self:
        """Read the outputs of `infra/azure`. Raises DeployError if one is missing."""
        try:
            target = cls(
                app=outputs["function_app_name"],
                id=outputs["function_app_id"],
                inventory=outputs["inventory_file"],
                url=outputs["url"],
                scope=outputs["token_scope"],
                grants=tuple(outputs["role_commands"]),
            )
        except KeyError as missing:
            raise DeployError(
                f"the infrastructure has no output {missing}: another release made it. Apply this one's plan first."
            ) from None
        if target.scope is None:
            raise DeployError(
                f"{target.app} has no authentication, so nobody could ask it for a tick and be written down: set "
                "`authentication` in the environment"
            )
        return target

    def publishing_site(self) -> str:
        """Return the host that takes the app's packages. Asked by its id: az may be set to another subscription."""
        show = [azure_cli(), "resource", "show", "--ids", self.id, "--api-version", SITES]
        query = ["--query", "properties.hostNameSslStates[?hostType=='Repository'].name | [0]", "--output", "tsv"]
        tried = f"cannot find where {self.app} takes packages"
        site = read([*show, *query], tried).strip()
        if not site:
            raise DeployError(f"{tried}: Azure names no publishing site of {self.id}. Is it a Function App that runs?")
        return site


def get_token(scope: str | None = None) -> str:
    """Return a token of who is signed in: for that scope, else for Azure itself, which uploads need too."""
    ask = [azure_cli(), "account", "get-access-token", *(["--scope", scope] if scope else [])]
    return read(
        [*ask, "--query", "accessToken", "--output", "tsv"], f"cannot get a token for {scope or 'Azure'}"
    ).strip()


def signed_in_as() -> str:
    """Return the kind of identity that `az` uses: `user` or `servicePrincipal`."""
    said = json.loads(read([azure_cli(), "account", "show"], "nobody is signed in (`az login`)"))
    return str(said["user"]["type"])

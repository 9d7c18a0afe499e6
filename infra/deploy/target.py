"""Where an environment's app is, from the outputs of its infrastructure, and who is signed in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from infra.deploy.programs import DeployError, azure_cli, read


@dataclass(frozen=True, slots=True)
class Target:
    """`scope` is what a token for the API is for; `grants` are the commands for the roles that the module leaves to the
    owners of their scopes, if it was told so."""

    app: str
    resource_group: str
    url: str
    scope: str
    grants: tuple[str, ...]

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> Self:
        """Read the outputs of `infra/azure`. Raises DeployError if one is missing."""
        try:
            target = cls(
                app=outputs["function_app_name"],
                resource_group=outputs["resource_group_name"],
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
        """Return the host that takes the app's packages."""
        show = [azure_cli(), "functionapp", "show", "--resource-group", self.resource_group, "--name", self.app]
        query = ["--query", "hostNameSslStates[?hostType=='Repository'].name | [0]", "--output", "tsv"]
        return read([*show, *query], f"cannot find where {self.app} takes packages").strip()


def get_token(scope: str | None = None) -> str:
    """Return a token of whoever is signed in: for that scope, else for Azure itself, which uploads need too."""
    ask = [azure_cli(), "account", "get-access-token", *(["--scope", scope] if scope else [])]
    return read(
        [*ask, "--query", "accessToken", "--output", "tsv"], f"cannot get a token for {scope or 'Azure'}"
    ).strip()


def signed_in_as() -> str:
    """Return the kind of identity that `az` uses: `user` or `servicePrincipal`."""
    said = json.loads(read([azure_cli(), "account", "show"], "nobody is signed in (`az login`)"))
    return str(said["user"]["type"])

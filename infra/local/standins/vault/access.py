"""Who may do what in a vault: challenge, token, role.

https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
https://learn.microsoft.com/azure/key-vault/general/rbac-guide
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.local.standins.serving import Listener
from infra.local.standins.tokens import Assignment, Caller, Roles, TokenError, Trust, Verifier, permits
from infra.local.standins.vault.errors import bad_parameter, forbidden_by_rbac, refuse, version_not_recognized
from infra.local.standins.web import Answer, RefusalError, Request

API_VERSION = "7.6"
"""The one whose answers this stand-in was compared with."""

ROLES: Roles = {
    "Key Vault Certificates Officer": ["certificates/*"],
    "Key Vault Secrets Officer": ["secrets/*"],
    "Key Vault Secrets User": ["secrets/getSecret/action", "secrets/readMetadata/action"],
    "Key Vault Reader": ["*/read", "secrets/readMetadata/action"],
    "Relaykeeper client passwords": [
        "certificates/read",
        "secrets/getSecret/action",
        "secrets/readMetadata/action",
        "secrets/setSecret/action",
    ],
}
"""Data actions, without their common beginning `Microsoft.KeyVault/vaults/`. The last is the custom role that
docs/settings.md describes."""


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """The entrance of one vault."""

    vault: str
    tenant: str
    resource: str
    verifier: Verifier
    assignments: Sequence[Assignment]

    def authenticate(self, request: Request) -> Caller:
        """The caller, or a challenge: the SDK's first request comes without a token to get one."""
        try:
            caller = self.verifier.caller(request.headers.get("Authorization"))
        except TokenError as error:
            raise RefusalError(self.refuse(401, "Unauthorized", str(error))) from error
        if "api-version" not in request.query:
            raise bad_parameter("The api-version query parameter is missing.")
        if request.query["api-version"] != API_VERSION:
            raise version_not_recognized(request.query["api-version"], API_VERSION)
        return caller

    def authorize(self, caller: Caller, action: str, scope: str) -> None:
        """Let pass who has a role with this action; `scope` is below the vault, as `secrets/NAME` is."""
        place = f"{self.vault}/{scope}"
        if not permits(ROLES, self.assignments, caller.object_id, action, place):
            raise forbidden_by_rbac(caller, action, self.vault, place)

    def refuse(self, status: int, code: str, message: str) -> Answer:
        """An error body; 401 comes with the challenge."""
        answer = refuse(status, code, message)
        if status != 401:
            return answer
        challenge = f'Bearer authorization="https://login.windows.net/{self.tenant}", resource="{self.resource}"'
        return Answer(status, answer.body, {"WWW-Authenticate": challenge})


@dataclass(frozen=True, slots=True)
class VaultListener:
    """A vault and its https address; it must be an IPv4 address of its own (see `resource`)."""

    name: str
    listener: Listener

    @property
    def resource(self) -> str:
        """What tokens for this vault are asked for: its URL without the first label, as `https://vault.azure.net` is.

        The SDK sends a token to a vault only if the vault's host name ends in the resource's.
        """
        _, rest = self.listener.address.split(".", 1)
        return f"https://{rest}:{self.listener.port}"


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file.

    A scope in `assignments` is a vault's name, or `VAULT/secrets/NAME` or `VAULT/certificates/NAME`. `tenant` is the
    Entra tenant that challenges name. `secrets` are there from the start on: values by `VAULT/NAME`.
    """

    vaults: tuple[VaultListener, ...]
    trust: Trust
    tenant: str
    assignments: tuple[Assignment, ...]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

"""What the vault stand-in is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.standins.config import Listener
from infra.local.standins.roles import Assignment
from infra.local.standins.tokens import Trust


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

"""What the identity stand-in is told."""

from dataclasses import dataclass

from infra.local.standins.config import Listener


@dataclass(frozen=True, slots=True)
class Identity:
    """A managed identity; with `system` it is the one that is meant when a request names none."""

    client_id: str
    object_id: str
    system: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file.

    `endpoint` (http) answers for App Service, `issuer` (https) publishes the keys. `header` is the secret of the
    environment's IDENTITY_HEADER. `resources` are the vaults' resources, known besides Azure's own. `lifetime` is a
    token's, in seconds.
    """

    endpoint: Listener
    issuer: Listener
    tenant: str
    header: str
    identities: tuple[Identity, ...]
    resources: tuple[str, ...] = ()
    lifetime: int = 86_400

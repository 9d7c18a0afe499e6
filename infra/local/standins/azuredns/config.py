"""What the Azure DNS stand-in is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.standins.config import Listener
from infra.local.standins.roles import Assignment
from infra.local.standins.tokens import Trust


@dataclass(frozen=True, slots=True)
class Primary:
    """The name server that takes the updates, and the key to sign them with (RFC 8945); `secret` is base64."""

    address: str
    port: int
    key_name: str
    secret: str = field(repr=False)
    algorithm: str = "hmac-sha256"


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file.

    `zones` gives each zone's name servers as its NS set names them; the zones themselves are the primary's. `roles`
    are custom roles, by name, with the actions they allow. A scope in `assignments` is a zone or `ZONE/TXT/NAME`.
    """

    listener: Listener
    trust: Trust
    subscription: str
    resource_group: str
    zones: Mapping[str, tuple[str, ...]]
    primary: Primary
    assignments: tuple[Assignment, ...]
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

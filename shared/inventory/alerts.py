"""What we want: alerts, and the routes that they take to people."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from shared.inventory.fields import (
    ENTRY_CONFIG,
    UNIQUE,
    ByName,
    Given,
    HttpsUrl,
    RouteName,
    SecretRef,
    SecretReference,
    UpToAWeek,
)

Label = Literal["alertname", "cluster", "service", "severity", "certificate"]
"""What a route may choose by."""


class Route(BaseModel):
    """A way to people, or to a system that notifies them."""

    model_config = ENTRY_CONFIG
    kind: Literal["alertmanager", "slack", "teams", "webhook"]
    """What listens there; `teams` is a Workflow, `webhook` anything else."""
    urls: tuple[SecretRef, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """The secrets that hold its URLs, VAULT/SECRET. Each of them is told everything."""
    signing_key: Given[SecretRef] = None
    """The secret that holds a webhook's HMAC-SHA256 key, VAULT/SECRET."""
    match: Annotated[Mapping[Label, str], AfterValidator(MappingProxyType)] = Field(default={}, validate_default=True)
    """Labels and the value that an alert must have, if it has that label; everything unless given."""


class Heartbeat(BaseModel):
    """A regular sign that Relaykeeper runs, so that its absence is noticed."""

    model_config = ENTRY_CONFIG
    ping: Given[SecretRef] = None
    """The secret that holds a URL to call at the end of each watch, VAULT/SECRET."""
    routes: tuple[str, ...] = Field(default=(), json_schema_extra=UNIQUE)
    """Routes that are told an alert which always fires."""


class Filter(BaseModel):
    """Entries of a vault by name or tag; one of the two is enough."""

    model_config = ENTRY_CONFIG
    names: tuple[str, ...] = Field(default=(), json_schema_extra=UNIQUE)
    """Names, in which * stands for anything."""
    tags: Annotated[Mapping[str, str], AfterValidator(MappingProxyType)] = Field(default={}, validate_default=True)
    """Tags and their values."""


class Alerts(BaseModel):
    """Who hears of what is wrong, and how often."""

    model_config = ENTRY_CONFIG
    routes: Annotated[Mapping[RouteName, Route], AfterValidator(MappingProxyType)] = Field(
        default={}, validate_default=True
    )
    """Routes by name."""
    heartbeat: Heartbeat = Field(default_factory=Heartbeat)
    """A sign of life."""
    reminder: UpToAWeek = Field(default=86400, validate_default=True)
    """Seconds after which people are told again of what still is wrong."""
    runbook: Given[HttpsUrl] = None
    """Where docs/runbook.md can be read; an alert's name is appended after #."""
    unmanaged: ByName[Filter] = Field(default={}, validate_default=True)
    """By vault, the entries besides this inventory's that are to be told of before they expire."""

    @property
    def secrets(self) -> tuple[SecretReference, ...]:
        """Every secret that telling takes."""
        optional = [self.heartbeat.ping, *(route.signing_key for route in self.routes.values())]
        urls = [url for route in self.routes.values() for url in route.urls]
        return (*urls, *(reference for reference in optional if reference is not None))

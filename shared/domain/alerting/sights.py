"""What the last watch saw, small enough to be written down: metrics are made from it, as no memory is shared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.domain.certificates import Thumbprint


@dataclass(frozen=True, slots=True)
class LeafSight:
    """A leaf that is stored or served, and from when on it should have been replaced."""

    thumbprint: Thumbprint
    due: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class PlaceSight:
    """One `relay@cluster`: as it was when it was last seen, where it is not `seen` now.

    `wanted` is what it is to serve; `differs`: some replica presents something else. Of `expected` replicas `answering`
    present a certificate, each by name in `replicas`: that which expires first, where ports or names differ.
    """

    state: Literal["seen", "resting", "unreachable"]
    wanted: Thumbprint | None = None
    differs: bool = False
    expected: int = 0
    answering: int = 0
    replicas: Mapping[str, LeafSight] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CertificateSight:
    """A certificate of the inventory; `stored` is the newest version."""

    stored: LeafSight | None = None
    places: Mapping[str, PlaceSight] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntrySight:
    """An entry of a vault that ends; `managed`: the inventory names it."""

    kind: Literal["certificate", "secret"]
    name: str
    managed: bool
    due: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class VaultSight:
    """A vault's entries: those read last, where it could not be `read` now."""

    read: bool
    entries: tuple[EntrySight, ...] = ()


@dataclass(frozen=True, slots=True)
class Sights:
    """Certificates, vaults and clusters by name. `policies`: what is wrong with a cluster's admission policy, if
    anything, as it was last seen."""

    certificates: Mapping[str, CertificateSight] = field(default_factory=dict)
    vaults: Mapping[str, VaultSight] = field(default_factory=dict)
    policies: Mapping[str, str | None] = field(default_factory=dict)

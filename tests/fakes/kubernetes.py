"""A Secret in an API server, with server-side apply's rules of ownership, and with its past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.places import FieldOwner, SecretSeen
from shared.domain.secret_part import SecretPart, digest
from shared.errors import PermanentError


@dataclass(slots=True)
class HeldSecret:
    """A Secret; `past` is what it held since when, oldest first."""

    type: str
    version: int = 0
    data: dict[str, bytes] = field(default_factory=dict, repr=False)
    annotations: dict[str, str] = field(default_factory=dict)
    owners: dict[str, list[FieldOwner]] = field(default_factory=dict)
    controllers: tuple[str, ...] = ()
    immutable: bool = False
    past: list[tuple[datetime, Mapping[str, bytes]]] = field(default_factory=list, repr=False)

    def seen(self) -> SecretSeen:
        return SecretSeen(
            resource_version=str(self.version),
            type=self.type,
            immutable=self.immutable,
            annotations=dict(self.annotations),
            digests={key: digest(value) for key, value in self.data.items()},
            owners={key: tuple(owners) for key, owners in self.owners.items() if owners},
            controllers=self.controllers,
        )

    def apply(self, part: SecretPart, tried: str) -> None:
        """Take the part's files over unless one that would change is another manager's; drop those it no longer has."""
        owner = FieldOwner(part.field_manager, applied=True)
        changed = {key for key, value in part.files.items() if self.data.get(key) != value}
        for key in sorted(changed):
            if others := [other.name for other in self.owners.get(key, ()) if other != owner]:
                raise PermanentError(f"{tried}: its {key} belongs to {others[0]}")
        if part.type != self.type:
            raise PermanentError(f"{tried}: type: field is immutable")
        if self.immutable and changed:
            raise PermanentError(f"{tried}: data: field is immutable when `immutable` is set")
        for key in [key for key, owners in self.owners.items() if owners == [owner] and key not in part.files]:
            del self.data[key], self.owners[key]
        self.data |= part.files
        self.annotations |= part.annotations
        for key in part.files:
            self.owners[key] = [*(other for other in self.owners.get(key, ()) if other != owner), owner]

    def update(self, manager: str, data: Mapping[str, bytes]) -> None:
        """Change files as anything but apply does: whoever had them loses them."""
        self.data |= data
        self.owners |= {key: [FieldOwner(manager, applied=False)] for key in data}

    def release(self, managers: Sequence[str]) -> None:
        for key, owners in self.owners.items():
            self.owners[key] = [owner for owner in owners if owner.name not in managers]

    def written(self, version: int, now: datetime) -> None:
        """Note that the Secret is as it is from `now` on."""
        self.version = version
        self.past.append((now, dict(self.data)))

    def as_of(self, moment: datetime) -> Mapping[str, bytes]:
        """Return what it held at a moment."""
        return next((data for since, data in reversed(self.past) if since <= moment), {})

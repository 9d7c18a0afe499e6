"""Azure role assignments, as far as the stand-ins need them.

https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

type Roles = Mapping[str, Sequence[str]]
"""A role's name, and the actions it allows; `*` stands for any text."""


class Assignment(NamedTuple):
    """In JSON `[object_id, role, scope]`; a scope covers everything below it."""

    object_id: str
    role: str
    scope: str


def permits(roles: Roles, assignments: Iterable[Assignment], object_id: str, action: str, scope: str) -> bool:
    """Whether a role that this object holds at `scope`, or above it, allows the action."""
    return any(
        assignment.object_id == object_id
        and _covers(assignment.scope, scope)
        and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in roles[assignment.role])
        for assignment in assignments
    )


def unknown_roles(roles: Roles, assignments: Iterable[Assignment]) -> list[str]:
    """The roles that are assigned but not defined, for a configuration's error."""
    return sorted({assignment.role for assignment in assignments} - set(roles))


def _covers(assigned: str, scope: str) -> bool:
    return f"{scope}/".lower().startswith(f"{assigned}/".lower())

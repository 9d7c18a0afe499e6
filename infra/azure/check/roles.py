"""The roles that the module assigns, as one table: which identity may do what where, why, what breaks without it."""

from dataclasses import dataclass

from infra.azure.check.configurations import AZURE, read_configuration
from infra.azure.check.literals import Value, literal

RELAYKEEPER = AZURE / "modules/relaykeeper"


@dataclass(frozen=True, slots=True)
class Role:
    """A row of the table; `where` and the sentences are Markdown."""

    grant: str
    identity: str
    """`app`: the user-assigned identity of the app; `settings`: its system-assigned one, for vault references."""
    whose: str
    """`own`: the module makes the scope; `theirs`: it belongs to another team."""
    where: str
    role: str
    """A role of Azure's by name, or `a custom role with` its actions."""
    why: str
    without: str


def roles() -> tuple[Role, ...]:
    """Return the table, in the order of `roles.tf`."""
    values = read_configuration(RELAYKEEPER).locals
    grants, custom = literal(values["grants"]), literal(values["custom_roles"])
    assert isinstance(grants, dict)
    assert isinstance(custom, dict)
    return tuple(role(grant, row, custom) for grant, row in grants.items())


def role(grant: str, row: Value, custom: dict[str, Value]) -> Role:
    assert isinstance(row, dict)
    name = str(row["role"])
    return Role(
        grant=grant,
        identity=str(row["identity"]),
        whose=str(row["whose"]),
        where=str(row["where"]),
        role=in_words(custom[name]) if row["custom"] else name,
        why=str(row["why"]),
        without=str(row["without"]),
    )


def in_words(custom_role: Value) -> str:
    assert isinstance(custom_role, dict)
    actions, data_actions = custom_role["actions"], custom_role["data_actions"]
    assert isinstance(actions, list)
    assert isinstance(data_actions, list)
    kinds = (("actions", actions), ("data actions", data_actions))
    named = (f"the {kind} {', '.join(f'`{each}`' for each in listed)}" for kind, listed in kinds if listed)
    return f"a custom role with {' and '.join(named)}"

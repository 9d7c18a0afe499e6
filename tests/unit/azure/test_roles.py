"""The roles of the module are those of docs/settings.md, in the same words."""

import re
from pathlib import Path

from infra.azure.check.roles import roles

ROOT = Path(__file__).parents[3]

IN_KUBERNETES = "each cluster, in the relay's namespace"
"""Roles of Kubernetes, which infra/kubernetes has."""


def documented() -> list[tuple[str, str]]:
    """Return where and role of each row of the table."""
    _, _, after = (ROOT / "docs/settings.md").read_text().partition("\n| where | role |\n|---|---|\n")
    table = after.partition("\n\n")[0]
    return [(where, role) for where, role in re.findall(r"^\| (.+?) \| (.+) \|$", table, flags=re.MULTILINE)]


def test_the_table_of_the_settings_is_the_modules() -> None:
    made = [(role.where, role.role) for role in roles()]
    assert [row for row in documented() if row[0] != IN_KUBERNETES] == made


def test_each_role_says_why_and_what_breaks_without_it() -> None:
    assert all(role.why and role.without for role in roles())


def test_no_role_reaches_more_than_its_purpose_needs() -> None:
    """These would let the app give itself or others more rights, or delete what it never deletes."""
    wide = {"Owner", "Contributor", "User Access Administrator", "Key Vault Administrator", "DNS Zone Contributor"}
    assert not wide & {role.role for role in roles()}
    assert not [role for role in roles() if re.search(r"/\*|/delete|purge|Microsoft\.Authorization", role.role)]

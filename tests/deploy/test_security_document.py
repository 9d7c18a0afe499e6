"""docs/security.md has the module's roles, and the commands that it gives are those that exist."""

import re
from pathlib import Path

from infra.azure.check.roles import roles

DOCUMENT = (Path(__file__).parents[2] / "docs/security.md").read_text(encoding="utf-8")
HEADING = "### In Azure: the app\n"
IDENTITIES = {"app": "the app", "settings": "the app's settings"}


def test_the_apps_roles_are_those_of_the_module() -> None:
    section = DOCUMENT.partition(HEADING)[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (?:the app|the app's settings) \|.*$", section, re.MULTILINE)
    assert rows == [
        f"| {IDENTITIES[each.identity]} | {each.role} | {each.where} | {each.why} | {each.without} |"
        for each in roles()
    ]


def test_each_environment_of_the_pipelines_is_in_the_table_of_identities() -> None:
    workflows = Path(__file__).parents[2].glob(".github/workflows/*.yml")
    used = {
        name for file in workflows for name in re.findall(r"^ +environment: ([\w-]+)", file.read_text(), re.MULTILINE)
    }
    assert used >= {"release", "plan", "dev", "prod"}
    for name in used - {"dev", "prod"}:
        assert f"| `{name}" in DOCUMENT, f"docs/security.md says nothing of the environment {name}"

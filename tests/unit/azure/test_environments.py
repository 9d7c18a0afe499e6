"""The environments dev and prod are one configuration that differs where it should."""

import re
from pathlib import Path

from infra.azure.check.configurations import AZURE, ENVIRONMENTS, read_configuration
from infra.azure.check.hcl import Block
from infra.azure.check.literals import NotLiteralError, literal

DEV, PROD = (AZURE / "environments" / name for name in ("dev", "prod"))

MAY_DIFFER = {
    "environment": "the name",
    "authentication": "its own app registration",
    "existing": "its own resource group",
    "inventory_file": "its own inventory",
    "storage_replication": "dev does without copies in other zones",
    "history_days": "dev forgets sooner",
    "history_immutable_days": "dev can be removed at any time",
    "log_daily_gb": "dev logs less",
    "maximum_instances": "dev has fewer certificates",
    "certificate_vaults": "its own vault",
    "client_vaults": "its own vault",
    "account_key_secrets": "its own vault",
    "record_sets": "its own names",
    "alert_emails": "its own people",
}
"""Arguments of the module that may differ, and why."""


def call(environment: Path) -> Block:
    return read_configuration(environment).of("module")["relaykeeper"]


def written(block: Block) -> dict[str, str]:
    """Return each argument as it is written, spaces apart."""
    return {
        name: " ".join(each.file.read_text("utf-8")[each.tree.meta.start_pos : each.tree.meta.end_pos].split())
        for name, each in block.arguments.items()
    }


def test_the_two_environments_are_there() -> None:
    """There may be more: docs/operations.md, "Move to another region"."""
    assert set(ENVIRONMENTS) >= {DEV, PROD}


def test_both_have_the_same_arguments() -> None:
    assert call(DEV).arguments.keys() == call(PROD).arguments.keys()


def test_each_is_named_as_its_folder() -> None:
    """By that name a deployment knows whose plan it was given."""
    for environment in ENVIRONMENTS:
        assert literal(call(environment).arguments["environment"]) == environment.name


def test_they_differ_only_where_they_should() -> None:
    dev, prod = written(call(DEV)), written(call(PROD))
    assert {name for name in dev if dev[name] != prod[name]} <= MAY_DIFFER.keys()


def test_all_else_is_the_same_text() -> None:
    """Provider, outputs, and where the state is but for its names: whatever is no argument of the module."""
    assert (DEV / "outputs.tf").read_text() == (PROD / "outputs.tf").read_text()
    dev, prod = head(DEV), head(PROD)
    assert STATE_NAME.findall(dev) != STATE_NAME.findall(prod), "both would keep their state in one place"
    assert STATE_NAME.sub("", dev).replace("environment dev", "environment prod") == STATE_NAME.sub("", prod)


STATE_NAME = re.compile(r"(?m)^    (?:resource_group|storage_account|container)_name +=.*$")


def head(environment: Path) -> str:
    return (environment / "main.tf").read_text().partition("\nlocals {")[0]


def test_the_environments_say_all_that_the_module_says() -> None:
    module = read_configuration(AZURE / "modules/relaykeeper").of("output")
    assert read_configuration(DEV).of("output").keys() == module.keys()


def test_prod_protects_its_history_and_nothing_locks_it() -> None:
    days = literal(call(PROD).arguments["history_immutable_days"])
    assert isinstance(days, float)
    assert days > 0
    assert "history_locked" not in call(PROD).arguments
    assert (
        literal(read_configuration(AZURE / "modules/relaykeeper").of("variable")["history_locked"].arguments["default"])
        is False
    )


def test_a_value_that_refers_to_something_is_no_literal() -> None:
    """Otherwise the tests above would compare nothing."""
    try:
        literal(call(DEV).arguments["certificate_vaults"])
    except NotLiteralError:
        return
    raise AssertionError("a reference was read as a value")

"""The checker finds each kind of fault, and none in the configurations as they are."""

from pathlib import Path

import pytest

from infra.azure.check.__main__ import faults
from infra.azure.check.configurations import FOLDERS, read_configuration
from infra.azure.check.schema import Schemas
from tests.unit.azure.changing import changed, sentences


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_configurations_fit_the_schemas(folder: Path, schemas: Schemas) -> None:
    assert [str(fault) for fault in faults(read_configuration(folder), schemas)] == []


APP = "azurerm_function_app_flex_consumption.this"

TAGS = "  tags = local.tags\n"
LOGIN = "      login {\n        token_store_enabled = false\n      }\n"
HTTPS = "  https_only                                     = true"
SITE = "  site_config {"
PLAN = 'resource "azurerm_service_plan"'
PLAN_ID = "azurerm_service_plan.this[0].id"
GROUP = "[for group in data.azurerm_resource_group.this : { name = group.name, id = group.id }]"
CURRENT = 'data "azurerm_client_config" "current" {}'
VARIABLE = 'variable "tags" {'

ARGUMENTS = [
    (HTTPS, "  only_https = true", f"{APP} has no argument only_https"),
    ('  runtime_name           = "python"\n', "", f"{APP} lacks the argument runtime_name"),
    (TAGS, f'  kind = "x"\n{TAGS}', f"{APP}: kind is set by the provider, nobody else can set it"),
    (TAGS, f'  id = "x"\n{TAGS}', f"{APP}: id is set by the provider, nobody else can set it"),
    (HTTPS, '  https_only = "perhaps"', f"{APP}: https_only must be a bool"),
    ("= var.maximum_instances", '= "many"', f"{APP}: maximum_instance_count must be a number"),
    (
        "= merge(var.app_settings, local.secret_settings, local.app_settings)",
        "= []",
        f"{APP}: app_settings must be a ['map', 'string']",
    ),
    ("  identity {", "  identities {", f"{APP} has no block identities"),
    (
        "  identity {",
        "  identity = {}\n  identity {",
        f"{APP}: identity is a block, not an argument: write it without =",
    ),
    (SITE, f'  dynamic "site" {{\n    for_each = []\n    content {{}}\n  }}\n{SITE}', f"{APP} has no block site"),
    (SITE, f"  site_config {{}}\n{SITE}", f"{APP} has 2 blocks site_config, and may have 1"),
    (LOGIN, "", f"{APP}, auth_settings_v2 lacks the block login"),
    (LOGIN, LOGIN.replace("token_store_", "store_"), f"{APP}, auth_settings_v2, login has no argument store_enabled"),
    (PLAN, 'resource "azurerm_plan"', "azurerm_plan.this: the schema has no resource azurerm_plan"),
    (PLAN, 'resource "aws_plan"', "aws_plan.this: required_providers lacks the provider of aws_plan"),
]
"""Changes of app.tf, and what is then wrong."""

NAMES = [
    ("app.tf", "var.python_version", "var.python", "no variable python is declared"),
    ("app.tf", "!local.app_is_private", "!local.app_private", "no local value app_private is declared"),
    ("app.tf", PLAN_ID, PLAN_ID.replace("this", "plan"), "no azurerm_service_plan.plan is declared"),
    ("app.tf", PLAN_ID, f"{PLAN_ID}s", "azurerm_service_plan.this has no attribute ids"),
    ("app.tf", "local.storage.name\n", "each.value\n", "each.value refers to nothing that is declared"),
    ("roles.tf", "this.identity[0].principal_id", "this.identity[0].principal", f"{APP} has no attribute principal"),
    ("naming.tf", GROUP, "data.azurerm_resource_group.that", "no data.azurerm_resource_group.that is declared"),
    ("network.tf", "[var.network.address_space]", "[var.network.range]", "var.network has no attribute range"),
    ("storage.tf", "[network_rules.value]", "[network_rule.value]", "no network_rule.value is declared"),
    ("printed_roles.tf", "${assignment.why}", "${assigned.why}", "assigned.why refers to nothing that is declared"),
    (
        "variables.tf",
        VARIABLE,
        f'variable "unused" {{\n  type = any\n}}\n{VARIABLE}',
        "the variable unused is not used",
    ),
    ("variables.tf", VARIABLE, f'variable "mute" {{\n  type = any\n}}\n{VARIABLE}', "variable.mute lacks description"),
    ("naming.tf", "  tags = merge(", "  unused = 1\n  tags = merge(", "the local value unused is not used"),
    (
        "naming.tf",
        CURRENT,
        CURRENT + "\n" + CURRENT.replace("current", "other"),
        "data.azurerm_client_config.other is not used",
    ),
]
"""A file, a change of it, and what is then wrong."""


@pytest.mark.parametrize(("old", "new", "sentence"), ARGUMENTS)
def test_a_wrong_argument_or_block_is_found(old: str, new: str, sentence: str, schemas: Schemas) -> None:
    assert sentence in sentences(changed("app.tf", old, new), schemas)


@pytest.mark.parametrize(("file", "old", "new", "sentence"), NAMES)
def test_a_wrong_name_is_found(file: str, old: str, new: str, sentence: str, schemas: Schemas) -> None:
    assert sentence in sentences(changed(file, old, new), schemas)


CALLS = [
    ('  location    = "uksouth"\n', "", "the module relaykeeper needs location"),
    ("  log_daily_gb ", "  log_gb ", "the module relaykeeper has no variable log_gb"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), CALLS)
def test_a_wrong_call_of_a_module_is_found(old: str, new: str, sentence: str, schemas: Schemas) -> None:
    assert sentence in sentences(changed("main.tf", old, new, "environments/dev"), schemas)


def test_an_output_that_a_module_lacks_is_found(schemas: Schemas) -> None:
    wrong = changed("outputs.tf", "module.relaykeeper.url", "module.relaykeeper.address", "environments/dev")
    assert sentences(wrong, schemas) == ["module.relaykeeper has no output address"]


def test_a_fault_says_where_it_is(schemas: Schemas) -> None:
    (fault,) = faults(changed("app.tf", HTTPS, "  only_https = true"), schemas)
    line = next(number for number, text in enumerate(fault.file.read_text().splitlines(), 1) if "https_only" in text)
    assert str(fault).startswith(f"{fault.file}:{line}: ")

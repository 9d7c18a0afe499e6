"""No secret is in the configuration, its inputs, its outputs or its state."""

import re

import pytest

from infra.azure.check.configurations import AZURE, FOLDERS, MODULES, Configuration, read_configuration
from infra.azure.check.hcl import Block
from infra.azure.check.literals import literal
from infra.azure.check.references import in_block
from infra.azure.check.schema import BlockSchema, Schemas

CONFIGURATIONS = [read_configuration(folder) for folder in FOLDERS]

SWITCHED_OFF = {
    "azurerm_storage_account": ("shared_access_key_enabled", False),
    "azurerm_log_analytics_workspace": ("local_authentication_enabled", False),
    "azurerm_application_insights": ("local_authentication_enabled", False),
    "azurerm_function_app_flex_consumption": ("webdeploy_publish_basic_authentication_enabled", False),
}
"""Resources whose state has keys, and the argument that makes those useless."""

MAKE_SECRETS = re.compile(
    r"azuread_application_password|azuread_service_principal_password|azurerm_key_vault_secret|azurerm_key_vault_certificate"
    r"|random_password|tls_private_key|_sas$"
)


def sensitive(schema: BlockSchema) -> set[str]:
    """Return the attributes that the provider sets and calls sensitive."""
    return {name for name, each in schema.attributes.items() if "s" in each.flags and not each.settable}


def explained() -> dict[str, set[str]]:
    """Return what the README says of the state: attributes by resource."""
    _, _, table = (AZURE / "README.md").read_text().partition("| attribute | why it opens nothing |\n|---|---|\n")
    rows = re.findall(r"^\| `(\w+)`: (.+?) \| .+ \|$", table.partition("\n\n")[0], flags=re.MULTILINE)
    found: dict[str, set[str]] = {}
    for resource, attributes in rows:
        found.setdefault(resource, set()).update(re.findall(r"`(\w+)`", attributes))
    return found


def test_each_sensitive_attribute_in_the_state_is_explained(schemas: Schemas) -> None:
    kinds = {block.labels[0] for folder in MODULES for block in read_configuration(folder).objects.values()}
    held = {kind: sensitive(schemas.resources[kind]) for kind in kinds if kind in schemas.resources}
    assert {kind: names for kind, names in held.items() if names} == explained()


@pytest.mark.parametrize(("kind", "switch"), SWITCHED_OFF.items(), ids=str)
def test_the_keys_in_the_state_open_nothing(kind: str, switch: tuple[str, bool]) -> None:
    argument, value = switch
    blocks = [block for folder in MODULES for block in read_configuration(folder).objects.values()]
    made = [block for block in blocks if block.kind == "resource" and block.labels[0] == kind]
    assert [literal(block.arguments[argument]) for block in made] == [value]


def test_every_resource_with_keys_is_switched_off() -> None:
    assert explained().keys() == SWITCHED_OFF.keys()


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda each: each.folder.name)
def test_nothing_makes_or_reads_a_secret(configuration: Configuration) -> None:
    assert not [key for key in configuration.objects if MAKE_SECRETS.search(".".join(key))]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda each: each.folder.name)
def test_no_input_and_no_output_is_a_secret(configuration: Configuration) -> None:
    for block in (*configuration.of("variable").values(), *configuration.of("output").values()):
        assert "sensitive" not in block.arguments
        assert not re.search(r"password|secret_value|token$|_key$", block.labels[0])


def test_no_sensitive_attribute_leaves_its_resource_but_the_connection_string(schemas: Schemas) -> None:
    """Which says where to send logs, and needs a token besides."""
    configuration = read_configuration(AZURE / "modules/relaykeeper")
    used = {
        str(reference)
        for top in configuration.blocks
        for reference, _ in in_block(top)
        if is_sensitive(configuration.objects.get(reference.path[:2]), reference.path[2:3], schemas)
    }
    assert used == {"azurerm_application_insights.this.connection_string"}


def is_sensitive(block: Block | None, attribute: tuple[str, ...], schemas: Schemas) -> bool:
    return block is not None and bool(set(attribute) & sensitive(schemas.resources[block.labels[0]]))


def test_secret_settings_become_vault_references_and_nothing_else() -> None:
    value = read_configuration(AZURE / "modules/relaykeeper").locals["secret_settings"]
    text = value.file.read_text()[value.tree.meta.start_pos : value.tree.meta.end_pos]
    assert "@Microsoft.KeyVault(SecretUri=https://%s.vault.azure.net/secrets/%s)" in text

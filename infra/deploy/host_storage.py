"""The settings that azurerm adds beside an identity for host storage, and with which the host does not start.

azurerm 5.2.0 makes a connection string without a key of `storage_container_endpoint`, whatever the authentication, and
writes it into the app's settings each time that it makes or changes the app; its plans do not show it. The host prefers
it to the settings of the identity. Removed, it is no difference to the next plan.
https://github.com/hashicorp/terraform-provider-azurerm/issues/29693
"""

from infra.deploy.programs import azure_cli, read
from infra.deploy.target import Target

ADDED = ("AzureWebJobsStorage", "DEPLOYMENT_STORAGE_CONNECTION_STRING")


def remove_connection_strings(target: Target) -> None:
    """Remove them from the app, if it has any; that restarts it. Raises DeployError if that cannot be done."""
    settings = [azure_cli(), "functionapp", "config", "appsettings"]
    query = f"[?{' || '.join(f"name=='{name}'" for name in ADDED)}].name"
    tried = f"cannot look which settings {target.app} has"
    found = read([*settings, "list", "--ids", target.id, "--query", query, "--output", "tsv"], tried).split()
    if found:
        print(f"Removing {', '.join(found)} of {target.app}, which azurerm added: the host works by its identity.")
        remove = [*settings, "delete", "--ids", target.id, "--output", "none", "--setting-names", *found]
        read(remove, f"cannot remove {', '.join(found)} of {target.app}, with which its host does not start")

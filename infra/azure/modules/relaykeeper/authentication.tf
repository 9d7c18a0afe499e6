# Who may call: tokens of Entra ID for the app registration. The app itself looks at the roles in them.

locals {
  # Open to everybody, and says the state alone (docs/api.md).
  open_paths = ["/api/health"]

  tenant_id = var.authentication == null ? data.azurerm_client_config.current.tenant_id : coalesce(var.authentication.tenant_id, data.azurerm_client_config.current.tenant_id)
  issuer    = "https://login.microsoftonline.com/${local.tenant_id}/v2.0"

  audiences = var.authentication == null ? [] : concat(
    ["api://${var.authentication.client_id}", var.authentication.client_id],
    var.authentication.audiences,
  )
}

# The identity of the app, for its own work, its storage, its deployment and its telemetry.

resource "azurerm_user_assigned_identity" "this" {
  count = var.existing.identity == null ? 1 : 0

  name                = local.names.identity
  resource_group_name = local.resource_group.name
  location            = var.location
  tags                = local.tags
}

data "azurerm_user_assigned_identity" "this" {
  count = var.existing.identity == null ? 0 : 1

  name                = var.existing.identity.name
  resource_group_name = var.existing.identity.resource_group
}

locals {
  identity = one(concat(
    [for identity in azurerm_user_assigned_identity.this : {
      id           = identity.id
      client_id    = identity.client_id
      principal_id = identity.principal_id
    }],
    [for identity in data.azurerm_user_assigned_identity.this : {
      id           = identity.id
      client_id    = identity.client_id
      principal_id = identity.principal_id
    }],
  ))
}

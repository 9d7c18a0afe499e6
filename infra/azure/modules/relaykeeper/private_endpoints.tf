# Private endpoints, and the DNS zones in which their names are found.

locals {
  app_is_private = var.private_endpoints == null ? false : var.private_endpoints.app

  endpoint_zones = {
    blob  = "privatelink.blob.core.windows.net"
    queue = "privatelink.queue.core.windows.net"
    vault = "privatelink.vaultcore.azure.net"
    sites = "privatelink.azurewebsites.net"
  }

  # Each endpoint: what it leads to, and the part of that resource; its zone goes by the part. All keys are known before
  # anything is made.
  endpoints = merge(
    {
      for part in ["blob", "queue"] : part => { resource_id = local.storage.id, part = part }
      if var.private_endpoints != null
    },
    {
      for name, id in try(var.private_endpoints.vault_ids, {}) : "vault-${name}" => { resource_id = id, part = "vault" }
    },
  )

  endpoint_parts = var.private_endpoints == null ? [] : concat(
    ["blob", "queue"],
    length(var.private_endpoints.vault_ids) == 0 ? [] : ["vault"],
    local.app_is_private ? ["sites"] : [],
  )

  endpoint_subnet_id = var.private_endpoints == null ? null : (
    local.makes_network ? azurerm_subnet.endpoints[0].id : var.private_endpoints.subnet_id
  )

  made_zones = {
    for part in local.endpoint_parts : part => local.endpoint_zones[part] if !contains(keys(try(var.private_endpoints.dns_zone_ids, {})), part)
  }

  endpoint_zone_ids = merge(
    { for part, zone in azurerm_private_dns_zone.this : part => zone.id },
    try(var.private_endpoints.dns_zone_ids, {}),
  )
}

resource "azurerm_private_dns_zone" "this" {
  for_each = local.made_zones

  name                = each.value
  resource_group_name = local.resource_group.name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = local.made_zones

  name                 = "link-${local.base}"
  private_dns_zone_id  = azurerm_private_dns_zone.this[each.key].id
  virtual_network_id   = local.virtual_network_id
  registration_enabled = false
  tags                 = local.tags
}

resource "azurerm_private_endpoint" "this" {
  for_each = local.endpoints

  name                = "pep-${local.base}-${each.key}"
  resource_group_name = local.resource_group.name
  location            = var.location
  subnet_id           = local.endpoint_subnet_id
  tags                = local.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.resource_id
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.value.part
    private_dns_zone_ids = [local.endpoint_zone_ids[each.value.part]]
  }
}

# Apart from the others: the app needs those of storage before it starts, and this one needs the app.
resource "azurerm_private_endpoint" "app" {
  count = local.app_is_private ? 1 : 0

  name                = "pep-${local.base}-sites"
  resource_group_name = local.resource_group.name
  location            = var.location
  subnet_id           = local.endpoint_subnet_id
  tags                = local.tags

  private_service_connection {
    name                           = "sites"
    private_connection_resource_id = azurerm_function_app_flex_consumption.this.id
    subresource_names              = ["sites"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "sites"
    private_dns_zone_ids = [local.endpoint_zone_ids["sites"]]
  }
}

# Names and tags: one convention, Microsoft's abbreviations, each name replaceable by var.names.

data "azurerm_client_config" "current" {}

locals {
  base = "${var.name}-${var.environment}"

  # Names of apps and storage accounts are unique in all of Azure: six digits that stay the same for a subscription.
  suffix = substr(sha256("${data.azurerm_client_config.current.subscription_id} ${local.base}"), 0, 6)

  names = {
    resource_group          = coalesce(var.names.resource_group, "rg-${local.base}")
    function_app            = coalesce(var.names.function_app, "func-${local.base}-${local.suffix}")
    service_plan            = coalesce(var.names.service_plan, "asp-${local.base}")
    identity                = coalesce(var.names.identity, "id-${local.base}")
    storage_account         = coalesce(var.names.storage_account, "${substr("st${var.name}${var.environment}", 0, 18)}${local.suffix}")
    log_analytics_workspace = coalesce(var.names.log_analytics_workspace, "log-${local.base}")
    application_insights    = coalesce(var.names.application_insights, "appi-${local.base}")
    action_group            = coalesce(var.names.action_group, "ag-${local.base}")
    virtual_network         = coalesce(var.names.virtual_network, "vnet-${local.base}")
  }

  tags = merge({ application = var.name, environment = var.environment }, var.tags)
}

resource "azurerm_resource_group" "this" {
  count = var.existing.resource_group == null ? 1 : 0

  name     = local.names.resource_group
  location = var.location
  tags     = local.tags
}

data "azurerm_resource_group" "this" {
  count = var.existing.resource_group == null ? 0 : 1

  name = var.existing.resource_group
}

locals {
  resource_group = one(concat(
    [for group in azurerm_resource_group.this : { name = group.name, id = group.id }],
    [for group in data.azurerm_resource_group.this : { name = group.name, id = group.id }],
  ))
}

# Logs: Application Insights on a workspace, tokens of Entra ID only, no more than a daily volume.

resource "azurerm_log_analytics_workspace" "this" {
  count = var.existing.log_analytics_workspace_id == null ? 1 : 0

  name                         = local.names.log_analytics_workspace
  resource_group_name          = local.resource_group.name
  location                     = var.location
  sku                          = "PerGB2018"
  retention_in_days            = var.log_days
  daily_quota_gb               = var.log_daily_gb
  local_authentication_enabled = false
  tags                         = local.tags
}

locals {
  workspace_id = var.existing.log_analytics_workspace_id == null ? azurerm_log_analytics_workspace.this[0].id : var.existing.log_analytics_workspace_id
}

resource "azurerm_application_insights" "this" {
  name                         = local.names.application_insights
  resource_group_name          = local.resource_group.name
  location                     = var.location
  application_type             = "other"
  workspace_id                 = local.workspace_id
  retention_in_days            = var.log_days
  daily_data_cap_in_gb         = var.log_daily_gb
  sampling_percentage          = 100
  local_authentication_enabled = false
  tags                         = local.tags
}

resource "azurerm_monitor_diagnostic_setting" "app" {
  count = length(var.app_log_categories) == 0 ? 0 : 1

  name                       = "to-workspace"
  target_resource_id         = azurerm_function_app_flex_consumption.this.id
  log_analytics_workspace_id = local.workspace_id

  dynamic "enabled_log" {
    for_each = toset(var.app_log_categories)

    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "storage" {
  for_each = length(var.storage_log_categories) == 0 ? toset([]) : toset(["blobServices", "queueServices"])

  name                       = "to-workspace"
  target_resource_id         = "${local.storage.id}/${each.key}/default"
  log_analytics_workspace_id = local.workspace_id

  dynamic "enabled_log" {
    for_each = toset(var.storage_log_categories)

    content {
      category = enabled_log.value
    }
  }
}

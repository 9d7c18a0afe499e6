# The plan and the app.

resource "azurerm_service_plan" "this" {
  count = var.existing.service_plan_id == null ? 1 : 0

  name                = local.names.service_plan
  resource_group_name = local.resource_group.name
  location            = var.location
  os_type             = "Linux"
  sku_name            = "FC1"
  tags                = local.tags
}

locals {
  # What shared/settings.py, functions and the host read. docs/settings.md says what each is for.
  app_settings = {
    AzureWebJobsStorage__accountName = local.storage.name
    AzureWebJobsStorage__credential  = "managedidentity"
    AzureWebJobsStorage__clientId    = local.identity.client_id

    AZURE_CLIENT_ID         = local.identity.client_id
    AZURE_TOKEN_CREDENTIALS = "ManagedIdentityCredential"

    APPLICATIONINSIGHTS_AUTHENTICATION_STRING = "ClientId=${local.identity.client_id};Authorization=AAD"

    RELAYKEEPER_INVENTORY       = var.inventory_file
    RELAYKEEPER_TICK_SCHEDULE   = var.tick_schedule
    RELAYKEEPER_WATCH_SCHEDULE  = var.watch_schedule
    RELAYKEEPER_LEASE_SECONDS   = tostring(var.lease_seconds)
    RELAYKEEPER_EASY_AUTH       = tostring(var.authentication != null)
    RELAYKEEPER_KEYS_MAY_CHANGE = tostring(var.keys_may_change)
  }

  # A reference names the secret without a version, so that a new version is read within a day.
  secret_settings = {
    for setting, id in var.secret_settings : setting => format(
      "@Microsoft.KeyVault(SecretUri=https://%s.vault.azure.net/secrets/%s)",
      regex("(?i)/vaults/([^/]+)/secrets/[^/]+$", id)[0],
      regex("(?i)/secrets/([^/]+)$", id)[0],
    )
  }
}

resource "azurerm_function_app_flex_consumption" "this" {
  name                = local.names.function_app
  resource_group_name = local.resource_group.name
  location            = var.location
  service_plan_id     = var.existing.service_plan_id == null ? azurerm_service_plan.this[0].id : var.existing.service_plan_id

  runtime_name           = "python"
  runtime_version        = var.python_version
  instance_memory_in_mb  = var.instance_memory_mb
  maximum_instance_count = var.maximum_instances

  # Where the package is, and with which identity the platform reads it. Host storage is in app_settings.
  storage_container_type            = "blobContainer"
  storage_container_endpoint        = "${local.storage.blob_endpoint}${azurerm_storage_container.this["deployment"].name}"
  storage_authentication_type       = "UserAssignedIdentity"
  storage_user_assigned_identity_id = local.identity.id

  https_only                                     = true
  public_network_access_enabled                  = !local.app_is_private
  virtual_network_subnet_id                      = local.app_subnet_id
  webdeploy_publish_basic_authentication_enabled = false

  app_settings = merge(var.app_settings, local.secret_settings, local.app_settings)

  identity {
    type         = length(var.secret_settings) == 0 ? "UserAssigned" : "SystemAssigned, UserAssigned"
    identity_ids = [local.identity.id]
  }

  site_config {
    minimum_tls_version                    = "1.2"
    scm_minimum_tls_version                = "1.2"
    http2_enabled                          = true
    application_insights_connection_string = azurerm_application_insights.this.connection_string
  }

  dynamic "auth_settings_v2" {
    for_each = var.authentication == null ? [] : [var.authentication]

    content {
      auth_enabled           = true
      require_authentication = true
      require_https          = true
      unauthenticated_action = "Return401"
      excluded_paths         = local.open_paths

      active_directory_v2 {
        client_id            = auth_settings_v2.value.client_id
        tenant_auth_endpoint = local.issuer
        allowed_audiences    = local.audiences
        allowed_applications = auth_settings_v2.value.allowed_applications
      }

      login {
        token_store_enabled = false
      }
    }
  }

  tags = local.tags

  # The host reads storage when it starts: it needs its rights and its way there by then.
  depends_on = [
    azurerm_role_assignment.this,
    azurerm_storage_container.this,
    azurerm_storage_queue.this,
    azurerm_private_endpoint.this,
    azurerm_private_dns_zone_virtual_network_link.this,
  ]
}

# The storage account: no shared keys, so a token of Entra ID is the only way in.

resource "azurerm_storage_account" "this" {
  #checkov:skip=CKV2_AZURE_1:It holds journals and a history, no key and no password; Microsoft's own keys encrypt it.
  #checkov:skip=CKV2_AZURE_33:Private endpoints are an option (private_endpoints); without keys, a token is needed in any case.
  count = var.existing.storage_account == null ? 1 : 0

  name                     = local.names.storage_account
  resource_group_name      = local.resource_group.name
  location                 = var.location
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.storage_replication

  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  local_user_enabled               = false
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false
  https_traffic_only_enabled       = true
  min_tls_version                  = "TLS1_2"
  public_network_access_enabled    = var.private_endpoints == null

  blob_properties {
    delete_retention_policy {
      days = var.deleted_days
    }

    container_delete_retention_policy {
      days = var.deleted_days
    }
  }

  # In a network of its own, the app reaches the account through it, and nobody else reaches it.
  dynamic "network_rules" {
    for_each = var.network.address_space == null ? [] : [local.app_subnet_id]

    content {
      default_action             = "Deny"
      bypass                     = ["AzureServices"]
      virtual_network_subnet_ids = var.private_endpoints == null ? [network_rules.value] : []
    }
  }

  tags = local.tags
}

data "azurerm_storage_account" "this" {
  count = var.existing.storage_account == null ? 0 : 1

  name                = var.existing.storage_account.name
  resource_group_name = var.existing.storage_account.resource_group
}

locals {
  storage = one(concat(
    [for account in azurerm_storage_account.this : {
      id            = account.id
      name          = account.name
      blob_endpoint = account.primary_blob_endpoint
    }],
    [for account in data.azurerm_storage_account.this : {
      id            = account.id
      name          = account.name
      blob_endpoint = account.primary_blob_endpoint
    }],
  ))

  # Names that shared/compose.py, functions/triggers.py and the host use. The host would make its own, if it might.
  containers = {
    state        = "relaykeeper"
    history      = "relaykeeper-history"
    deployment   = "deployment"
    host_locks   = "azure-webjobs-hosts"
    host_secrets = "azure-webjobs-secrets"
  }

  queues = {
    work   = "work"
    poison = "work-poison"
  }
}

resource "azurerm_storage_container" "this" {
  #checkov:skip=CKV2_AZURE_21:The host reads every two seconds: storage_log_categories can have StorageRead, and nobody would look at it.
  for_each = local.containers

  name                  = each.value
  storage_account_id    = local.storage.id
  container_access_type = "private"
}

resource "azurerm_storage_queue" "this" {
  for_each = local.queues

  name               = each.value
  storage_account_id = local.storage.id
}

resource "azurerm_storage_container_immutability_policy" "history" {
  count = var.history_immutable_days == 0 ? 0 : 1

  storage_container_resource_manager_id = azurerm_storage_container.this["history"].id
  immutability_period_in_days           = var.history_immutable_days
  protected_append_writes_enabled       = true
  locked                                = var.history_locked
}

# Never a rule for the container of deployments: the app runs from the one blob in it, however old.
resource "azurerm_storage_management_policy" "this" {
  storage_account_id = local.storage.id

  rule {
    name    = "ended-requests"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["${local.containers.state}/requests/", "${local.containers.state}/ended/"]
    }

    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.request_days
      }
    }
  }

  rule {
    name    = "old-history"
    enabled = true

    filters {
      blob_types   = ["appendBlob"]
      prefix_match = ["${local.containers.history}/"]
    }

    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.history_days
      }
    }
  }

  depends_on = [azurerm_storage_container.this]
}

# Plans and applies of the module with a mocked provider: `tofu init -backend=false && tofu test`, here or in CI. Nothing is
# contacted. The ids of the mocks have the form of real ones, as the provider checks them.

mock_provider "azurerm" {
  mock_data "azurerm_client_config" {
    defaults = {
      subscription_id = "00000000-0000-0000-0000-000000000001"
      tenant_id       = "00000000-0000-0000-0000-000000000002"
    }
  }

  mock_data "azurerm_user_assigned_identity" {
    defaults = {
      id           = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-given/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-given"
      client_id    = "00000000-0000-0000-0000-0000000000c1"
      principal_id = "00000000-0000-0000-0000-0000000000d1"
    }
  }

  mock_data "azurerm_storage_account" {
    defaults = {
      id                    = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-given/providers/Microsoft.Storage/storageAccounts/stgiven"
      primary_blob_endpoint = "https://stgiven.blob.core.windows.net/"
    }
  }

  mock_resource "azurerm_resource_group" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test" }
  }

  mock_resource "azurerm_user_assigned_identity" {
    defaults = {
      id           = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-relaykeeper-test"
      client_id    = "00000000-0000-0000-0000-00000000000c"
      principal_id = "00000000-0000-0000-0000-00000000000d"
    }
  }

  mock_resource "azurerm_service_plan" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Web/serverFarms/asp-relaykeeper-test" }
  }

  mock_resource "azurerm_function_app_flex_consumption" {
    defaults = {
      id               = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Web/sites/func-relaykeeper-test"
      default_hostname = "func-relaykeeper-test.azurewebsites.net"
      identity         = { principal_id = "00000000-0000-0000-0000-00000000000b" }
    }
  }

  mock_resource "azurerm_storage_account" {
    defaults = {
      id                    = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Storage/storageAccounts/strelaykeepertest"
      primary_blob_endpoint = "https://strelaykeepertest.blob.core.windows.net/"
    }
  }

  mock_resource "azurerm_storage_container" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Storage/storageAccounts/strelaykeepertest/blobServices/default/containers/mocked" }
  }

  mock_resource "azurerm_log_analytics_workspace" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.OperationalInsights/workspaces/log-relaykeeper-test" }
  }

  mock_resource "azurerm_application_insights" {
    defaults = {
      id                = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Insights/components/appi-relaykeeper-test"
      connection_string = "InstrumentationKey=00000000-0000-0000-0000-00000000000e"
    }
  }

  mock_resource "azurerm_monitor_action_group" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Insights/actionGroups/ag-relaykeeper-test" }
  }

  mock_resource "azurerm_role_definition" {
    defaults = { role_definition_id = "00000000-0000-0000-0000-00000000000f" }
  }

  mock_resource "azurerm_virtual_network" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Network/virtualNetworks/vnet-relaykeeper-test" }
  }

  mock_resource "azurerm_subnet" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Network/virtualNetworks/vnet-relaykeeper-test/subnets/mocked" }
  }

  mock_resource "azurerm_network_security_group" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Network/networkSecurityGroups/nsg-relaykeeper-test" }
  }

  mock_resource "azurerm_public_ip" {
    defaults = {
      id         = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Network/publicIPAddresses/pip-relaykeeper-test"
      ip_address = "192.0.2.1"
    }
  }

  mock_resource "azurerm_nat_gateway" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Network/natGateways/ng-relaykeeper-test" }
  }

  mock_resource "azurerm_private_dns_zone" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-relaykeeper-test/providers/Microsoft.Network/privateDnsZones/mocked.example" }
  }
}

variables {
  environment = "test"
  location    = "uksouth"

  certificate_vaults  = { relay = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/vaults/providers/Microsoft.KeyVault/vaults/kv-relay" }
  account_key_secrets = { letsencrypt = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/vaults/providers/Microsoft.KeyVault/vaults/kv-relay/secrets/letsencrypt" }
  read_secrets        = { slack = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/alerts/providers/Microsoft.KeyVault/vaults/kv-alerts/secrets/slack" }

  client_vaults = {
    dev  = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/clients/providers/Microsoft.KeyVault/vaults/kv-clients-dev", manage = true }
    prod = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/clients/providers/Microsoft.KeyVault/vaults/kv-clients-prod" }
  }

  record_sets = {
    relay = {
      zone_id = "/subscriptions/00000000-0000-0000-0000-000000000004/resourceGroups/dns/providers/Microsoft.Network/dnsZones/example.net"
      name    = "_acme-challenge.relay"
    }
  }

  authentication = { client_id = "00000000-0000-0000-0000-000000000005" }
}

run "each_role_is_scoped_to_the_least_object" {
  assert {
    condition = {
      for key, assignment in azurerm_role_assignment.this : key => assignment.scope
      } == {
      "host_lists/account"             = azurerm_storage_account.this[0].id
      "host/host_locks"                = "${azurerm_storage_account.this[0].id}/blobServices/default/containers/azure-webjobs-hosts"
      "host/host_secrets"              = "${azurerm_storage_account.this[0].id}/blobServices/default/containers/azure-webjobs-secrets"
      "deployment/deployment"          = "${azurerm_storage_account.this[0].id}/blobServices/default/containers/deployment"
      "state/state"                    = "${azurerm_storage_account.this[0].id}/blobServices/default/containers/relaykeeper"
      "history/history"                = "${azurerm_storage_account.this[0].id}/blobServices/default/containers/relaykeeper-history"
      "queues/work"                    = "${azurerm_storage_account.this[0].id}/queueServices/default/queues/work"
      "queues/poison"                  = "${azurerm_storage_account.this[0].id}/queueServices/default/queues/work-poison"
      "telemetry/application_insights" = azurerm_application_insights.this.id
      "certificates/relay"             = var.certificate_vaults.relay
      "certificate_keys/relay"         = var.certificate_vaults.relay
      "clients_read/prod"              = var.client_vaults.prod.id
      "clients_manage/dev"             = var.client_vaults.dev.id
      "account_keys/letsencrypt"       = var.account_key_secrets.letsencrypt
      "secrets/slack"                  = var.read_secrets.slack
      "records/relay"                  = "${var.record_sets.relay.zone_id}/TXT/_acme-challenge.relay"
    }
    error_message = "A role is assigned on another scope than the least that works."
  }

  assert {
    condition     = alltrue([for assignment in azurerm_role_assignment.this : assignment.principal_id == azurerm_user_assigned_identity.this[0].principal_id && assignment.principal_type == "ServicePrincipal"])
    error_message = "A role is assigned to somebody else than the app's identity."
  }
}

run "each_role_is_the_least_that_works" {
  assert {
    condition = { for key, assignment in azurerm_role_assignment.this : key => assignment.role_definition_name if assignment.role_definition_name != null && !contains(["clients_read", "clients_manage", "records"], split("/", key)[0]) } == {
      "host_lists/account"             = "Reader"
      "host/host_locks"                = "Storage Blob Data Contributor"
      "host/host_secrets"              = "Storage Blob Data Contributor"
      "deployment/deployment"          = "Storage Blob Data Contributor"
      "state/state"                    = "Storage Blob Data Contributor"
      "history/history"                = "Storage Blob Data Contributor"
      "queues/work"                    = "Storage Queue Data Contributor"
      "queues/poison"                  = "Storage Queue Data Contributor"
      "telemetry/application_insights" = "Monitoring Metrics Publisher"
      "certificates/relay"             = "Key Vault Certificates Officer"
      "certificate_keys/relay"         = "Key Vault Secrets User"
      "account_keys/letsencrypt"       = "Key Vault Secrets Officer"
      "secrets/slack"                  = "Key Vault Secrets User"
    }
    error_message = "A role is another than the least that works."
  }

  assert {
    condition     = azurerm_role_assignment.this["records/relay"].role_definition_id == "/subscriptions/00000000-0000-0000-0000-000000000004/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-00000000000f"
    error_message = "The custom role is not named as Azure names it in the zone's subscription."
  }

  assert {
    condition     = azurerm_role_definition.this["records"].assignable_scopes == tolist(["/subscriptions/00000000-0000-0000-0000-000000000004/resourceGroups/dns"])
    error_message = "The role for challenges can be assigned elsewhere than in the zone's resource group."
  }

  assert {
    condition     = azurerm_role_definition.this["records"].permissions[0].actions == tolist(["Microsoft.Network/dnsZones/TXT/read", "Microsoft.Network/dnsZones/TXT/write"])
    error_message = "The role for challenges permits something else than reading and writing TXT record sets."
  }

  assert {
    condition     = !contains(azurerm_role_definition.this["clients_read"].permissions[0].data_actions, "Microsoft.KeyVault/vaults/secrets/setSecret/action")
    error_message = "The role for vaults in which no client is managed permits to store passwords."
  }
}

run "microsofts_guidance_can_be_followed" {
  variables {
    host_rights = "documented"
  }

  assert {
    condition = { for key, assignment in azurerm_role_assignment.this : key => assignment.role_definition_name if assignment.scope == azurerm_storage_account.this[0].id } == {
      "documented_blobs/account"  = "Storage Blob Data Owner"
      "documented_queues/account" = "Storage Queue Data Contributor"
    }
    error_message = "The host has other rights than in Microsoft's guidance."
  }

  assert {
    condition     = length([for key, assignment in azurerm_role_assignment.this : key if startswith(assignment.scope, "${azurerm_storage_account.this[0].id}/")]) == 0
    error_message = "Roles on single containers or queues are assigned too."
  }
}

run "the_roles_of_other_teams_can_be_printed" {
  variables {
    role_assignments = "print"
  }

  assert {
    condition     = toset([for key in keys(azurerm_role_assignment.this) : split("/", key)[0]]) == toset(["host_lists", "host", "deployment", "state", "history", "queues", "telemetry"])
    error_message = "A role in another team's scope is assigned."
  }

  assert {
    condition     = length(azurerm_role_definition.this) == 0
    error_message = "A custom role is made in another team's scope."
  }

  assert {
    condition     = contains(output.role_commands, "az role assignment create --assignee-object-id 00000000-0000-0000-0000-00000000000d --assignee-principal-type ServicePrincipal --role \"Key Vault Certificates Officer\" --scope \"${var.certificate_vaults.relay}\"")
    error_message = "The command for the role Key Vault Certificates Officer is missing."
  }

  assert {
    condition     = length(output.role_commands) == 3 + 7
    error_message = "Other commands are printed than three for custom roles and one for each assignment."
  }

  assert {
    condition     = length(regexall("resource \"azurerm_role_assignment\" \"relaykeeper_test_[a-z_]+\" \\{", output.role_terraform)) == 7 && length(regexall("resource \"azurerm_role_definition\"", output.role_terraform)) == 3
    error_message = "The printed Terraform lacks a role."
  }

  assert {
    condition     = alltrue([for role in output.roles : role.printed == !startswith(role.scope, azurerm_resource_group.this[0].id)])
    error_message = "The output roles does not say which roles are only printed."
  }

  assert {
    condition     = length([for each in output.remains_after_destroy : each if can(regex("az role (assignment|definition) delete", each))]) == 3 + 7
    error_message = "A role that its owner made or assigned is not named among what remains."
  }
}

run "no_role_is_assigned_where_all_are_printed" {
  variables {
    role_assignments     = "print"
    own_role_assignments = "print"
  }

  assert {
    condition     = length(azurerm_role_assignment.this) == 0 && length(azurerm_role_definition.this) == 0
    error_message = "A role is assigned or made."
  }

  assert {
    condition     = length(output.role_commands) == 3 + 16
    error_message = "A command is missing."
  }
}

run "the_settings_are_those_that_code_and_host_read" {
  assert {
    condition = azurerm_function_app_flex_consumption.this.app_settings == tomap({
      AzureWebJobsStorage__accountName          = azurerm_storage_account.this[0].name
      AzureWebJobsStorage__credential           = "managedidentity"
      AzureWebJobsStorage__clientId             = "00000000-0000-0000-0000-00000000000c"
      AZURE_CLIENT_ID                           = "00000000-0000-0000-0000-00000000000c"
      AZURE_TOKEN_CREDENTIALS                   = "ManagedIdentityCredential"
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING = "ClientId=00000000-0000-0000-0000-00000000000c;Authorization=AAD"
      RELAYKEEPER_INVENTORY                     = "inventory.yaml"
      RELAYKEEPER_TICK_SCHEDULE                 = "0 17 * * * *"
      RELAYKEEPER_WATCH_SCHEDULE                = "0 */10 * * * *"
      RELAYKEEPER_LEASE_SECONDS                 = "60"
      RELAYKEEPER_EASY_AUTH                     = "true"
      RELAYKEEPER_KEYS_MAY_CHANGE               = "false"
    })
    error_message = "The app has other settings."
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.storage_container_endpoint == "https://strelaykeepertest.blob.core.windows.net/deployment"
    error_message = "The package is expected elsewhere than in the container deployment."
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.auth_settings_v2[0].excluded_paths == tolist(["/api/health"]) && azurerm_function_app_flex_consumption.this.auth_settings_v2[0].require_authentication
    error_message = "Callers without a token reach more or less than /api/health."
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.auth_settings_v2[0].active_directory_v2[0].tenant_auth_endpoint == "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000002/v2.0"
    error_message = "Tokens of another tenant are accepted."
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.identity[0].type == "UserAssigned"
    error_message = "The app has an identity that nothing needs."
  }
}

run "secret_settings_are_vault_references" {
  variables {
    app_settings    = { OTEL_SERVICE_NAME = "relaykeeper" }
    secret_settings = { OTEL_EXPORTER_OTLP_HEADERS = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/vaults/providers/Microsoft.KeyVault/vaults/kv-otel/secrets/headers" }
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.identity[0].type == "SystemAssigned, UserAssigned"
    error_message = "The app lacks the identity that reads vault references."
  }

  assert {
    condition     = azurerm_role_assignment.settings["settings/OTEL_EXPORTER_OTLP_HEADERS"].principal_id == "00000000-0000-0000-0000-00000000000b"
    error_message = "The role for the vault reference is assigned to another identity."
  }

  assert {
    condition     = local.secret_settings == { OTEL_EXPORTER_OTLP_HEADERS = "@Microsoft.KeyVault(SecretUri=https://kv-otel.vault.azure.net/secrets/headers)" }
    error_message = "A secret setting is no reference to its secret."
  }

  assert {
    condition     = azurerm_role_assignment.settings["settings/OTEL_EXPORTER_OTLP_HEADERS"].scope == var.secret_settings.OTEL_EXPORTER_OTLP_HEADERS && azurerm_role_assignment.settings["settings/OTEL_EXPORTER_OTLP_HEADERS"].role_definition_name == "Key Vault Secrets User"
    error_message = "The role for the vault reference is missing, or covers more than its secret."
  }
}

run "a_plain_storage_setting_is_refused" {
  command = plan

  variables {
    app_settings = { AzureWebJobsStorage = "" }
  }

  expect_failures = [var.app_settings]
}

run "a_secret_among_the_plain_settings_is_refused" {
  command = plan

  variables {
    app_settings = { COLLECTOR = "https://collector.example.net?sig=abc" }
  }

  expect_failures = [var.app_settings]
}

run "storage_has_no_keys_and_protects_the_history" {
  assert {
    condition     = !azurerm_storage_account.this[0].shared_access_key_enabled && !azurerm_storage_account.this[0].allow_nested_items_to_be_public && !azurerm_storage_account.this[0].local_user_enabled
    error_message = "There is another way into the storage account than a token."
  }

  assert {
    condition     = azurerm_storage_container_immutability_policy.history[0].protected_append_writes_enabled && !azurerm_storage_container_immutability_policy.history[0].locked
    error_message = "The history's policy refuses records, or is locked though nobody asked for that."
  }

  assert {
    condition     = alltrue(flatten([for rule in azurerm_storage_management_policy.this.rule : [for filter in rule.filters : [for prefix in filter.prefix_match : !startswith(prefix, "deployment")]]]))
    error_message = "A rule deletes the package that the app runs from."
  }
}

run "logs_need_a_token_and_have_a_limit" {
  assert {
    condition     = !azurerm_application_insights.this.local_authentication_enabled && !azurerm_log_analytics_workspace.this[0].local_authentication_enabled
    error_message = "Somebody without a token may send logs."
  }

  assert {
    condition     = azurerm_log_analytics_workspace.this[0].daily_quota_gb == 1 && azurerm_application_insights.this.daily_data_cap_in_gb == 1
    error_message = "The volume of logs has no limit, or two."
  }

  assert {
    condition     = toset(keys(azurerm_monitor_scheduled_query_rules_alert_v2.silent)) == toset(["watch", "tick"])
    error_message = "A timer can be silent without an alert."
  }
}

run "storage_is_private_behind_endpoints" {
  variables {
    network           = { address_space = "10.20.0.0/25", nat_gateway = true }
    private_endpoints = { app = true, vault_ids = { relay = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/vaults/providers/Microsoft.KeyVault/vaults/kv-relay" } }
  }

  assert {
    condition     = !azurerm_storage_account.this[0].public_network_access_enabled && !azurerm_function_app_flex_consumption.this.public_network_access_enabled
    error_message = "Storage or the app has a public address."
  }

  assert {
    condition     = toset(keys(azurerm_private_endpoint.this)) == toset(["blob", "queue", "vault-relay"]) && length(azurerm_private_endpoint.app) == 1
    error_message = "A private endpoint is missing."
  }

  assert {
    condition     = toset(keys(azurerm_private_dns_zone.this)) == toset(["blob", "queue", "vault", "sites"])
    error_message = "A DNS zone is missing."
  }

  assert {
    condition     = azurerm_subnet.app[0].delegation[0].service_delegation[0].name == "Microsoft.App/environments" && azurerm_subnet.app[0].address_prefixes == tolist(["10.20.0.0/26"])
    error_message = "The app's subnet is not what Flex Consumption needs."
  }

  assert {
    condition     = output.outbound_ip_address == "192.0.2.1"
    error_message = "The app does not call out from the gateway's address."
  }
}

run "what_exists_is_used" {
  variables {
    existing = {
      resource_group             = "rg-given"
      identity                   = { name = "id-given", resource_group = "rg-given" }
      storage_account            = { name = "stgiven", resource_group = "rg-given" }
      service_plan_id            = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-given/providers/Microsoft.Web/serverFarms/asp-given"
      log_analytics_workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-given/providers/Microsoft.OperationalInsights/workspaces/log-given"
    }
  }

  assert {
    condition     = length(azurerm_resource_group.this) + length(azurerm_service_plan.this) + length(azurerm_log_analytics_workspace.this) + length(azurerm_user_assigned_identity.this) + length(azurerm_storage_account.this) == 0
    error_message = "Something is made that exists."
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.resource_group_name == "rg-given" && azurerm_function_app_flex_consumption.this.service_plan_id == var.existing.service_plan_id
    error_message = "What exists is not used."
  }
}

run "an_existing_account_gets_containers_and_its_roles" {
  variables {
    existing = { storage_account = { name = "stgiven", resource_group = "rg-given" } }
  }

  assert {
    condition     = azurerm_function_app_flex_consumption.this.app_settings.AzureWebJobsStorage__accountName == "stgiven" && azurerm_storage_container.this["state"].storage_account_id == data.azurerm_storage_account.this[0].id
    error_message = "The account that exists is not used."
  }

  assert {
    condition     = azurerm_role_assignment.this["state/state"].scope == "${data.azurerm_storage_account.this[0].id}/blobServices/default/containers/relaykeeper"
    error_message = "The role is on a container of another account."
  }
}

run "an_existing_network_is_used" {
  variables {
    network           = { subnet_id = "/subscriptions/00000000-0000-0000-0000-000000000006/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet-given/subnets/app" }
    private_endpoints = { subnet_id = "/subscriptions/00000000-0000-0000-0000-000000000006/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet-given/subnets/endpoints", dns_zone_ids = { blob = "/subscriptions/00000000-0000-0000-0000-000000000006/resourceGroups/network/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net" } }
  }

  assert {
    condition     = length(azurerm_virtual_network.this) + length(azurerm_subnet.app) + length(azurerm_public_ip.outbound) == 0 && azurerm_function_app_flex_consumption.this.virtual_network_subnet_id == var.network.subnet_id
    error_message = "A network is made, or the one that exists is not used."
  }

  assert {
    condition     = azurerm_private_endpoint.this["blob"].private_dns_zone_group[0].private_dns_zone_ids == tolist([var.private_endpoints.dns_zone_ids.blob]) && toset(keys(azurerm_private_dns_zone.this)) == toset(["queue"])
    error_message = "The DNS zone that exists is not used, or another is not made."
  }

  assert {
    condition     = azurerm_private_dns_zone_virtual_network_link.this["queue"].virtual_network_id == "/subscriptions/00000000-0000-0000-0000-000000000006/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet-given"
    error_message = "The zone is not linked to the network of the endpoints."
  }
}

run "function_keys_are_the_fallback_and_read_only" {
  variables {
    authentication = null
  }

  assert {
    condition     = length(azurerm_function_app_flex_consumption.this.auth_settings_v2) == 0 && azurerm_function_app_flex_consumption.this.app_settings.RELAYKEEPER_EASY_AUTH == "false" && azurerm_function_app_flex_consumption.this.app_settings.RELAYKEEPER_KEYS_MAY_CHANGE == "false"
    error_message = "Without authentication a function key may do more than read."
  }
}

# The two environments differ in names, sizes and times, not in what there is.

run "environment_dev" {
  module {
    source = "../../environments/dev"
  }

  assert {
    condition     = output.containers == { state = "relaykeeper", history = "relaykeeper-history", deployment = "deployment", host_locks = "azure-webjobs-hosts", host_secrets = "azure-webjobs-secrets" }
    error_message = "The environment has other containers."
  }

  assert {
    condition     = toset([for role in output.roles : role.grant if !role.printed]) == toset(["host_lists", "host", "deployment", "state", "history", "queues", "telemetry"])
    error_message = "Other roles are assigned than those on what the module makes."
  }

  assert {
    condition     = toset([for role in output.roles : role.grant if role.printed]) == toset(["certificates", "certificate_keys", "clients_manage", "account_keys", "records"])
    error_message = "Other roles are asked for than those of the inventory."
  }

  assert {
    condition     = alltrue([for role in output.roles : !can(regex("prod\\b", role.scope))])
    error_message = "A role reaches what belongs to prod."
  }
}

run "environment_prod" {
  module {
    source = "../../environments/prod"
  }

  assert {
    condition     = output.containers == { state = "relaykeeper", history = "relaykeeper-history", deployment = "deployment", host_locks = "azure-webjobs-hosts", host_secrets = "azure-webjobs-secrets" }
    error_message = "The environment has other containers."
  }

  assert {
    condition     = toset([for role in output.roles : role.grant if !role.printed]) == toset(["host_lists", "host", "deployment", "state", "history", "queues", "telemetry"])
    error_message = "Other roles are assigned than those on what the module makes."
  }

  assert {
    condition     = toset([for role in output.roles : role.grant if role.printed]) == toset(["certificates", "certificate_keys", "clients_manage", "account_keys", "records"])
    error_message = "Other roles are asked for than those of the inventory."
  }

  assert {
    condition     = alltrue([for role in output.roles : !can(regex("dev\\b", role.scope))])
    error_message = "A role reaches what belongs to dev."
  }
}

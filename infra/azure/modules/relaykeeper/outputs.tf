# What deployments, smoke tests and other teams need to know.

output "resource_group_name" {
  description = "The resource group of the app."
  value       = local.resource_group.name
}

output "function_app_name" {
  description = "The app's name, for `az functionapp`."
  value       = azurerm_function_app_flex_consumption.this.name
}

output "function_app_id" {
  description = "The app's resource id."
  value       = azurerm_function_app_flex_consumption.this.id
}

output "inventory_file" {
  description = "The inventory's path in the package: what the app reads, and what a release must hold."
  value       = var.inventory_file
}

output "url" {
  description = "Where the API is."
  value       = "https://${azurerm_function_app_flex_consumption.this.default_hostname}"
}

output "health_url" {
  description = "Where the state is shown to everybody."
  value       = "https://${azurerm_function_app_flex_consumption.this.default_hostname}${local.open_paths[0]}"
}

output "token_scope" {
  description = "What callers ask Entra ID for a token of, as `az account get-access-token --scope`; null without authentication."
  value       = var.authentication == null ? null : "${local.audiences[0]}/.default"
}

output "identity_client_id" {
  description = "The client id of the app's identity."
  value       = local.identity.client_id
}

output "identity_principal_id" {
  description = "The object id of the app's identity: the user's name in clusters (`infra/kubernetes`)."
  value       = local.identity.principal_id
}

output "storage_account_name" {
  description = "The storage account's name."
  value       = local.storage.name
}

output "storage_account_id" {
  description = "The storage account's resource id."
  value       = local.storage.id
}

output "containers" {
  description = "The names of the containers: `state`, `history`, `deployment`, `host_locks`, `host_secrets`."
  value       = local.containers
}

output "queues" {
  description = "The names of the queues: `work` and `poison`."
  value       = local.queues
}

output "log_analytics_workspace_id" {
  description = "The resource id of the workspace of the logs."
  value       = local.workspace_id
}

output "application_insights_id" {
  description = "The resource id of Application Insights."
  value       = azurerm_application_insights.this.id
}

output "outbound_ip_address" {
  description = "The address from which the app calls out, with `network.nat_gateway`; else null."
  value       = one(azurerm_public_ip.outbound[*].ip_address)
}

output "roles" {
  description = "Each role that is needed: which row of the table in `roles.tf`, which identity, its object id, the role, the scope, why, what breaks without it, and whether it is only printed."
  value = {
    for key, assignment in local.assignments : key => {
      grant        = assignment.grant
      identity     = assignment.identity
      principal_id = local.principals[assignment.identity]
      role         = assignment.role_name
      scope        = assignment.scope
      why          = assignment.why
      without      = assignment.without
      printed      = assignment.printed
    }
  }
}

output "role_commands" {
  description = "With `print`: the commands for the owners of the scopes, in order."
  value       = local.role_commands
}

output "role_terraform" {
  description = "With `print`: the same as Terraform, for owners who use it."
  value       = local.role_terraform
}

output "remains_after_destroy" {
  description = "What `tofu destroy` leaves behind, and how to remove it."
  value = concat(
    [
      "Certificates, secrets and TXT values that the app made, in vaults and zones of other teams.",
      "Roles and Secrets in clusters (infra/kubernetes), and the annotations on workloads.",
      "The app registration, unless it is in the same configuration.",
      "The state of this configuration, in its own storage account.",
    ],
    var.existing.resource_group == null ? [
      "The resource group ${local.names.resource_group}, if Azure or somebody put something else into it (Azure makes the rule Failure Anomalies for Application Insights, and its action group): az resource list --resource-group ${local.names.resource_group} --output table, then az group delete --name ${local.names.resource_group}",
    ] : [],
    var.existing.log_analytics_workspace_id == null ? [
      "The logs, for 14 days in which Azure can recover the workspace ${local.names.log_analytics_workspace}.",
    ] : [],
    var.history_immutable_days == 0 ? [] : [
      var.history_locked
      ? "The storage account ${local.storage.name}: its history is locked for ${var.history_immutable_days} days from each day's blob, and cannot be deleted before."
      : "The container ${local.containers.history}, as long as its policy protects blobs: `tofu destroy` removes the policy first, as it is not locked.",
    ],
    [for key, assignment in local.printed : "The role ${assignment.role_name} on ${assignment.scope}, which its owner assigned: az role assignment delete --assignee ${local.principals[assignment.identity]} --role \"${assignment.role_name}\" --scope \"${assignment.scope}\""],
    [for key in keys(local.printed_custom_roles) : "The custom role ${local.custom_role_names[key]}, which its owner made: az role definition delete --name \"${local.custom_role_names[key]}\" --scope \"${local.custom_role_scopes[key][0]}\", once it is assigned to nobody"],
  )
}

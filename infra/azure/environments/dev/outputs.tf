# What the module says, for deployments and smoke tests (`tofu output -json`).

output "resource_group_name" {
  description = "The resource group of the app."
  value       = module.relaykeeper.resource_group_name
}

output "function_app_name" {
  description = "The app's name, for `az functionapp`."
  value       = module.relaykeeper.function_app_name
}

output "function_app_id" {
  description = "The app's resource id."
  value       = module.relaykeeper.function_app_id
}

output "inventory_file" {
  description = "The inventory's path in the package: what the app reads, and what a release must hold."
  value       = module.relaykeeper.inventory_file
}

output "url" {
  description = "Where the API is."
  value       = module.relaykeeper.url
}

output "health_url" {
  description = "Where the state is shown to everybody."
  value       = module.relaykeeper.health_url
}

output "token_scope" {
  description = "What callers ask Entra ID for a token of, as `az account get-access-token --scope`; null without authentication."
  value       = module.relaykeeper.token_scope
}

output "identity_client_id" {
  description = "The client id of the app's identity."
  value       = module.relaykeeper.identity_client_id
}

output "identity_principal_id" {
  description = "The object id of the app's identity: the user's name in clusters (`infra/kubernetes`)."
  value       = module.relaykeeper.identity_principal_id
}

output "storage_account_name" {
  description = "The storage account's name."
  value       = module.relaykeeper.storage_account_name
}

output "storage_account_id" {
  description = "The storage account's resource id."
  value       = module.relaykeeper.storage_account_id
}

output "containers" {
  description = "The names of the containers: `state`, `history`, `deployment`, `host_locks`, `host_secrets`."
  value       = module.relaykeeper.containers
}

output "queues" {
  description = "The names of the queues: `work` and `poison`."
  value       = module.relaykeeper.queues
}

output "log_analytics_workspace_id" {
  description = "The resource id of the workspace of the logs."
  value       = module.relaykeeper.log_analytics_workspace_id
}

output "application_insights_id" {
  description = "The resource id of Application Insights."
  value       = module.relaykeeper.application_insights_id
}

output "outbound_ip_address" {
  description = "The address from which the app calls out, with `network.nat_gateway`; else null."
  value       = module.relaykeeper.outbound_ip_address
}

output "roles" {
  description = "Each role that is needed: which row of the table in `roles.tf`, which identity, its object id, the role, the scope, why, what breaks without it, and whether it is only printed."
  value       = module.relaykeeper.roles
}

output "role_commands" {
  description = "With `print`: the commands for the owners of the scopes, in order."
  value       = module.relaykeeper.role_commands
}

output "role_terraform" {
  description = "With `print`: the same as Terraform, for owners who use it."
  value       = module.relaykeeper.role_terraform
}

output "remains_after_destroy" {
  description = "What `tofu destroy` leaves behind, and how to remove it."
  value       = module.relaykeeper.remains_after_destroy
}

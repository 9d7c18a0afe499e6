# What the owners of vaults, zones and the rest are asked for where the deployer assigns no roles.

locals {
  principals = {
    app      = local.identity.principal_id
    settings = try(azurerm_function_app_flex_consumption.this.identity[0].principal_id, null)
  }

  printed = { for key, assignment in local.assignments : key => assignment if assignment.printed }

  printed_custom_roles = {
    for key, role in local.custom_roles : key => role
    if anytrue([for assignment in local.printed : assignment.role == key])
  }

  role_commands = concat(
    [
      for key, role in local.printed_custom_roles : format("az role definition create --role-definition '%s'", jsonencode({
        Name             = local.custom_role_names[key]
        Description      = "Relaykeeper ${var.environment} ${role.title}."
        Actions          = role.actions
        DataActions      = role.data_actions
        AssignableScopes = local.custom_role_scopes[key]
      }))
    ],
    [
      for assignment in local.printed : join(" ", [
        "az role assignment create",
        "--assignee-object-id ${local.principals[assignment.identity]}",
        "--assignee-principal-type ServicePrincipal",
        "--role \"${assignment.role_name}\"",
        "--scope \"${assignment.scope}\"",
      ])
    ],
  )

  role_terraform = join("\n", concat(
    [
      for key, role in local.printed_custom_roles : <<-EOT
        resource "azurerm_role_definition" "relaykeeper_${var.environment}_${key}" {
          name              = ${jsonencode(local.custom_role_names[key])}
          scope             = ${jsonencode(local.custom_role_scopes[key][0])}
          assignable_scopes = ${jsonencode(local.custom_role_scopes[key])}

          permissions {
            actions      = ${jsonencode(role.actions)}
            data_actions = ${jsonencode(role.data_actions)}
          }
        }
      EOT
    ],
    [
      for key, assignment in local.printed : <<-EOT
        # ${assignment.why}
        resource "azurerm_role_assignment" "relaykeeper_${var.environment}_${replace(key, "/[^A-Za-z0-9]/", "_")}" {
          scope                = ${jsonencode(assignment.scope)}
          principal_id         = ${jsonencode(local.principals[assignment.identity])}
          principal_type       = "ServicePrincipal"
          ${assignment.custom ? "role_definition_id  " : "role_definition_name"} = ${assignment.custom ? "\"${assignment.definitions}/$${azurerm_role_definition.relaykeeper_${var.environment}_${assignment.role}.role_definition_id}\"" : jsonencode(assignment.role)}
        }
      EOT
    ],
  ))
}

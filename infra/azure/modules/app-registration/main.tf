# The app registration whose tokens the API accepts, with the roles that it knows (docs/api.md). It has no password and no
# certificate: it only names an audience. Its owners are often others, so it is a module of its own.

locals {
  roles = {
    reader   = "Reads everything that the API of Relaykeeper shows."
    operator = "Reads, and requests renewals, rollbacks, deliveries and pauses."
    ticker   = "Asks for ticks and nothing else: a clock outside of the app."
  }
}

resource "azuread_application_registration" "this" {
  display_name                   = var.display_name
  description                    = "Callers of the API of Relaykeeper."
  sign_in_audience               = "AzureADMyOrg"
  requested_access_token_version = 2
}

resource "azuread_application_identifier_uri" "this" {
  application_id = azuread_application_registration.this.id
  identifier_uri = "api://${azuread_application_registration.this.client_id}"
}

resource "azuread_application_app_role" "this" {
  for_each = local.roles

  application_id       = azuread_application_registration.this.id
  role_id              = uuidv5("url", "relaykeeper:${var.display_name}:${each.key}")
  value                = each.key
  display_name         = "Relaykeeper ${each.key}"
  description          = each.value
  allowed_member_types = ["Application", "User"]
}

# People get tokens by the Azure CLI (`az account get-access-token --scope`), without being asked for their consent.
resource "azuread_application_permission_scope" "this" {
  application_id             = azuread_application_registration.this.id
  scope_id                   = uuidv5("url", "relaykeeper:${var.display_name}:user_impersonation")
  value                      = "user_impersonation"
  type                       = "User"
  admin_consent_display_name = "Call Relaykeeper"
  admin_consent_description  = "Call the API of Relaykeeper as the person who is signed in, with that person's roles."
}

resource "azuread_application_pre_authorized" "azure_cli" {
  application_id       = azuread_application_registration.this.id
  authorized_client_id = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
  permission_ids       = [azuread_application_permission_scope.this.scope_id]
}

# Nobody gets a token for it who has no role.
resource "azuread_service_principal" "this" {
  client_id                    = azuread_application_registration.this.client_id
  app_role_assignment_required = true
}

resource "azuread_app_role_assignment" "this" {
  for_each = merge([
    for role in keys(local.roles) : {
      for name, object_id in var.members[role] : "${role}/${name}" => { role = role, object_id = object_id }
    }
  ]...)

  app_role_id         = azuread_application_app_role.this[each.value.role].role_id
  principal_object_id = each.value.object_id
  resource_object_id  = azuread_service_principal.this.object_id
}

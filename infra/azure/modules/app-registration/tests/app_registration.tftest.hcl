# The app registration with a mocked provider: `tofu init -backend=false && tofu test`.

mock_provider "azuread" {
  mock_resource "azuread_application_registration" {
    defaults = {
      id        = "/applications/00000000-0000-0000-0000-000000000001"
      client_id = "00000000-0000-0000-0000-000000000002"
    }
  }

  mock_resource "azuread_service_principal" {
    defaults = { object_id = "00000000-0000-0000-0000-000000000003" }
  }
}

variables {
  display_name = "Relaykeeper test"
  members = {
    reader = { prometheus = "00000000-0000-0000-0000-000000000004" }
    ticker = { clock = "00000000-0000-0000-0000-000000000005" }
  }
}

run "the_roles_are_those_that_the_api_knows" {
  assert {
    condition     = toset([for role in azuread_application_app_role.this : role.value]) == toset(["reader", "operator", "ticker"])
    error_message = "The API knows other roles."
  }

  assert {
    condition     = length(distinct([for role in azuread_application_app_role.this : role.role_id])) == 3
    error_message = "Two roles have the same id."
  }

  assert {
    condition     = output.token_scope == "api://00000000-0000-0000-0000-000000000002/.default" && output.client_id == "00000000-0000-0000-0000-000000000002"
    error_message = "Callers would ask for tokens of something else."
  }
}

run "only_members_get_tokens_with_a_role" {
  assert {
    condition     = azuread_service_principal.this.app_role_assignment_required
    error_message = "Anybody in the tenant gets a token."
  }

  assert {
    condition = { for key, member in azuread_app_role_assignment.this : key => member.principal_object_id } == {
      "reader/prometheus" = "00000000-0000-0000-0000-000000000004"
      "ticker/clock"      = "00000000-0000-0000-0000-000000000005"
    }
    error_message = "Somebody else has a role, or somebody lacks one."
  }
}

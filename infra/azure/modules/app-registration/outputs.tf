output "client_id" {
  description = "The client id, for `authentication.client_id` of the module `relaykeeper`."
  value       = azuread_application_registration.this.client_id
}

output "token_scope" {
  description = "What callers ask Entra ID for a token of."
  value       = "${azuread_application_identifier_uri.this.identifier_uri}/.default"
}

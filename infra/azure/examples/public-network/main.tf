# One environment without a network of its own: the app calls out from addresses of the region, callers come with tokens.
# The deployer owns everything here: the module assigns all roles, and the app registration is made too.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "5.2.0"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "3.9.0"
    }
  }
}

variable "subscription_id" {
  description = "The subscription of the app."
  type        = string
}

variable "vault_id" {
  description = "The resource id of the vault with the certificates."
  type        = string
}

variable "zone_id" {
  description = "The resource id of the DNS zone of the relay's name."
  type        = string
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true

  features {}
}

provider "azuread" {}

module "app_registration" {
  source = "../../modules/app-registration"

  display_name = "Relaykeeper example"
}

module "relaykeeper" {
  source = "../../modules/relaykeeper"

  environment = "test"
  location    = "westeurope"

  authentication = { client_id = module.app_registration.client_id }

  certificate_vaults  = { relay = var.vault_id }
  account_key_secrets = { letsencrypt = "${var.vault_id}/secrets/letsencrypt-account-key" }
  record_sets         = { relay = { zone_id = var.zone_id, name = "_acme-challenge.relay" } }
}

output "url" {
  description = "Where the API is."
  value       = module.relaykeeper.url
}

output "token_scope" {
  description = "What callers ask Entra ID for a token of."
  value       = module.app_registration.token_scope
}

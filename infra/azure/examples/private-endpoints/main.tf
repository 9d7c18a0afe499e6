# One environment in a network of its own: storage and vaults by private endpoints, out by one address. The app itself
# stays reachable for callers with tokens and for deployments; `app = true` would make it private too.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "5.2.0"
    }
  }
}

variable "subscription_id" {
  description = "The subscription of the app."
  type        = string
}

variable "client_id" {
  description = "The client id of the app registration."
  type        = string
}

variable "vault_id" {
  description = "The resource id of the vault with the certificates."
  type        = string
}

variable "vault_zone_id" {
  description = "The resource id of the private DNS zone privatelink.vaultcore.azure.net of the hub network."
  type        = string
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true

  features {}
}

module "relaykeeper" {
  source = "../../modules/relaykeeper"

  environment = "test"
  location    = "westeurope"

  network           = { address_space = "10.20.0.0/25", nat_gateway = true }
  private_endpoints = { vault_ids = { relay = var.vault_id }, dns_zone_ids = { vault = var.vault_zone_id } }

  authentication = { client_id = var.client_id }

  role_assignments   = "print"
  certificate_vaults = { relay = var.vault_id }
}

output "url" {
  description = "Where the API is."
  value       = module.relaykeeper.url
}

output "outbound_ip_address" {
  description = "What firewalls of relays and clusters must let in."
  value       = module.relaykeeper.outbound_ip_address
}

output "role_commands" {
  description = "What the vault's owner has to run."
  value       = module.relaykeeper.role_commands
}

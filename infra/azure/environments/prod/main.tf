# The environment prod: what differs from the other one stands in this file, all else is the module's.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "5.2.0"
    }
  }

  # An account of its own, made beforehand (README). The deployer needs Storage Blob Data Contributor on the container.
  backend "azurerm" {
    resource_group_name  = "rg-tfstate"
    storage_account_name = "sthmctstfstate"
    container_name       = "relaykeeper-prod"
    key                  = "terraform.tfstate"
    use_azuread_auth     = true
  }
}

provider "azurerm" {
  subscription_id     = local.subscription_id
  storage_use_azuread = true

  features {}
}

locals {
  subscription_id = "00000000-0000-0000-0000-000000000000"

  vaults = "/subscriptions/${local.subscription_id}/resourceGroups/mailrelay-prod/providers/Microsoft.KeyVault/vaults"
  dns    = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/dns-mailrelay/providers/Microsoft.Network/dnsZones"
}

module "relaykeeper" {
  source = "../../modules/relaykeeper"

  environment = "prod"
  location    = "uksouth"
  tags        = { businessArea = "Cross-Cutting", builtFrom = "relaykeeper" }

  storage_replication    = "ZRS"
  history_days           = 730
  history_immutable_days = 90
  log_daily_gb           = 1
  maximum_instances      = 40

  authentication = { client_id = "00000000-0000-0000-0000-000000000000" }

  # Vaults and zones belong to other teams, who assign the roles: `tofu output role_commands`.
  role_assignments    = "print"
  certificate_vaults  = { prod = "${local.vaults}/hmcts-relay-prod" }
  client_vaults       = { prod = { id = "${local.vaults}/hmcts-relay-clients-prod", manage = true } }
  account_key_secrets = { letsencrypt = "${local.vaults}/hmcts-relay-prod/secrets/letsencrypt-account-key" }
  record_sets         = { prod = { zone_id = "${local.dns}/mailrelay.platform.hmcts.net", name = "_acme-challenge.prod" } }

  inventory_file = "inventory.prod.yaml"

  alert_emails = { platform = "platform-prod@example.net" }
}

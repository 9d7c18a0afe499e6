# What the app may touch in other people's vaults and zones, and who assigns the roles.

variable "role_assignments" {
  description = "`create`: the module assigns the roles on vaults, secrets and record sets. `print`: it makes none of them; their owners get the commands (`role_commands`) or the Terraform (`role_terraform`)."
  type        = string
  default     = "create"
  nullable    = false

  validation {
    condition     = contains(["create", "print"], var.role_assignments)
    error_message = "role_assignments must be create or print."
  }
}

variable "own_role_assignments" {
  description = "The same for roles on what the module makes itself (storage, Application Insights): `print` where the deployer may not assign roles at all."
  type        = string
  default     = "create"
  nullable    = false

  validation {
    condition     = contains(["create", "print"], var.own_role_assignments)
    error_message = "own_role_assignments must be create or print."
  }
}

variable "host_rights" {
  description = "What the Functions host may do in the storage account. `least`: it uses its own containers and queues, and lists the others. `documented`: what Microsoft's guidance gives it, Storage Blob Data Owner and Storage Queue Data Contributor on the whole account."
  type        = string
  default     = "least"
  nullable    = false

  validation {
    condition     = contains(["least", "documented"], var.host_rights)
    error_message = "host_rights must be least or documented."
  }
}

variable "certificate_vaults" {
  description = "The vaults whose certificates are renewed: a name of your choice and the vault's resource id."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.certificate_vaults) : can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.KeyVault/vaults/[^/]+$", id))])
    error_message = "certificate_vaults must be resource ids of vaults: /subscriptions/.../providers/Microsoft.KeyVault/vaults/NAME."
  }
}

variable "client_vaults" {
  description = "The vaults with clients' passwords, for clients alone: a name of your choice, the vault's resource id, and `manage = true` if a client there has `mode: manage`, so that passwords are stored."
  type        = map(object({ id = string, manage = optional(bool, false) }))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for vault in values(var.client_vaults) : can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.KeyVault/vaults/[^/]+$", vault.id))])
    error_message = "client_vaults must have resource ids of vaults: /subscriptions/.../providers/Microsoft.KeyVault/vaults/NAME."
  }
}

variable "account_key_secrets" {
  description = "The secrets that the issuers' `account_key` name: a name of your choice and the resource id, `VAULT-ID/secrets/NAME`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.account_key_secrets) : can(regex("(?i)/providers/Microsoft.KeyVault/vaults/[^/]+/secrets/[^/]+$", id))])
    error_message = "account_key_secrets must be resource ids of secrets: /subscriptions/.../providers/Microsoft.KeyVault/vaults/VAULT/secrets/NAME."
  }
}

variable "read_secrets" {
  description = "Other secrets that the inventory names in vaults without certificates (URLs and signing keys of routes, kubeconfigs): a name of your choice and the resource id, `VAULT-ID/secrets/NAME`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.read_secrets) : can(regex("(?i)/providers/Microsoft.KeyVault/vaults/[^/]+/secrets/[^/]+$", id))])
    error_message = "read_secrets must be resource ids of secrets: /subscriptions/.../providers/Microsoft.KeyVault/vaults/VAULT/secrets/NAME."
  }
}

variable "record_sets" {
  description = "The record sets of challenges: a name of your choice, the zone's resource id, and the record's name in it, such as `_acme-challenge.prod`."
  type        = map(object({ zone_id = string, name = string }))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for set in values(var.record_sets) : can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/dnsZones/[^/]+$", set.zone_id))])
    error_message = "record_sets must have resource ids of zones: /subscriptions/.../providers/Microsoft.Network/dnsZones/ZONE."
  }

  validation {
    condition     = alltrue([for set in values(var.record_sets) : can(regex("^_acme-challenge(\\.[a-z0-9_-]+)*$", set.name))])
    error_message = "record_sets must have names that begin with _acme-challenge and are relative to their zones."
  }
}

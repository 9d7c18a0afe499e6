# The app: its runtime, its size, its settings.

variable "python_version" {
  description = "The version of Python that the app runs on. The package is built for 3.13."
  type        = string
  default     = "3.13"
  nullable    = false

  validation {
    condition     = can(regex("^3\\.[0-9]+$", var.python_version))
    error_message = "python_version must be a minor version, such as 3.13."
  }
}

variable "instance_memory_mb" {
  description = "Memory of an instance in MB: 512 (a quarter of a core), 2048 (one core) or 4096 (two)."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = contains([512, 2048, 4096], var.instance_memory_mb)
    error_message = "instance_memory_mb must be 512, 2048 or 4096: Flex Consumption has no other sizes."
  }
}

variable "maximum_instances" {
  description = "How many instances may run at once. An instance works on one certificate at a time, so this also bounds the cost of a mistake."
  type        = number
  default     = 40
  nullable    = false

  validation {
    condition     = var.maximum_instances >= 1 && var.maximum_instances <= 1000
    error_message = "maximum_instances must be from 1 to 1000."
  }
}

variable "inventory_file" {
  description = "The inventory's path in the package, as `make package INVENTORY=FILE` packed it: the setting `RELAYKEEPER_INVENTORY`."
  type        = string
  default     = "inventory.yaml"
  nullable    = false
}

variable "tick_schedule" {
  description = "When every certificate is looked at, in UTC: six fields from seconds to weekdays. `tick_silent_after` must be longer than its longest pause."
  type        = string
  default     = "0 17 * * * *"
  nullable    = false

  validation {
    condition     = length(split(" ", var.tick_schedule)) == 6
    error_message = "tick_schedule must have six fields, from seconds to weekdays."
  }
}

variable "watch_schedule" {
  description = "When everything is observed and alerts are sent, in UTC: six fields from seconds to weekdays. `watch_silent_after` must be longer than its longest pause."
  type        = string
  default     = "0 */10 * * * *"
  nullable    = false

  validation {
    condition     = length(split(" ", var.watch_schedule)) == 6
    error_message = "watch_schedule must have six fields, from seconds to weekdays."
  }
}

variable "lease_seconds" {
  description = "How long a crashed worker blocks a certificate, in seconds."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.lease_seconds >= 15 && var.lease_seconds <= 60
    error_message = "lease_seconds must be from 15 to 60, the range that Storage allows."
  }
}

variable "keys_may_change" {
  description = "Whether a function key, which has no name, permits changes. Only without `authentication`."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.keys_may_change || var.authentication == null
    error_message = "keys_may_change has no effect with authentication: callers then have names and roles."
  }
}

variable "app_settings" {
  description = "Other settings of the app, such as `OTEL_EXPORTER_OTLP_ENDPOINT`. None of these may be a secret: see `secret_settings`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for setting in keys(var.app_settings) : !can(regex("^(AzureWebJobsStorage|APPLICATIONINSIGHTS_|AZURE_|RELAYKEEPER_|WEBSITE_AUTH_|FUNCTIONS_)", setting))
    ])
    error_message = "app_settings must not begin with AzureWebJobsStorage, APPLICATIONINSIGHTS_, AZURE_, RELAYKEEPER_, WEBSITE_AUTH_ or FUNCTIONS_: the module or the platform sets those."
  }

  validation {
    condition = alltrue([
      for setting, value in var.app_settings : !can(regex("(?i)(accountkey=|sharedaccesssignature=|password=|sig=|bearer |basic )", value))
    ])
    error_message = "A value of app_settings looks like a secret. Put it into a vault, and the id of the secret into secret_settings."
  }
}

variable "secret_settings" {
  description = "Settings whose values are secrets, such as `OTEL_EXPORTER_OTLP_HEADERS`: the resource id of each secret, `VAULT-ID/secrets/NAME`. The app gets a vault reference, read with an identity of its own (system-assigned), which gets Key Vault Secrets User on that secret."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.secret_settings) : can(regex("(?i)/providers/Microsoft.KeyVault/vaults/[^/]+/secrets/[^/]+$", id))])
    error_message = "secret_settings must be resource ids of secrets: /subscriptions/.../providers/Microsoft.KeyVault/vaults/VAULT/secrets/NAME."
  }

  validation {
    condition     = length(setintersection(keys(var.secret_settings), keys(var.app_settings))) == 0
    error_message = "A setting is in both app_settings and secret_settings."
  }
}

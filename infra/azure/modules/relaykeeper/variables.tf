# What the module is called, and where it is.

variable "name" {
  description = "Begins the name of everything that the module makes; the names themselves can be given in `names`."
  type        = string
  default     = "relaykeeper"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.name))
    error_message = "name must be 2 to 12 lower-case letters and digits, a letter first: the host tells apps apart by the first 32 characters of their names."
  }
}

variable "environment" {
  description = "The environment, such as `dev` or `prod`: part of every name, and the tag `environment`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{2,6}$", var.environment))
    error_message = "environment must be 2 to 6 lower-case letters and digits."
  }
}

variable "location" {
  description = "The Azure region, such as `uksouth`; it must have Flex Consumption (`az functionapp list-flexconsumption-locations`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "location must be a region's short name, such as uksouth."
  }
}

variable "names" {
  description = "Names that differ from `ABBREVIATION-name-environment`, for organizations with a convention of their own."
  type = object({
    resource_group          = optional(string)
    function_app            = optional(string)
    service_plan            = optional(string)
    identity                = optional(string)
    storage_account         = optional(string)
    log_analytics_workspace = optional(string)
    application_insights    = optional(string)
    action_group            = optional(string)
    virtual_network         = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.names.function_app == null || length(coalesce(var.names.function_app, "x")) <= 32
    error_message = "names.function_app must have at most 32 characters: the host cuts the rest off, and two apps would share their locks."
  }

  validation {
    condition     = var.names.storage_account == null || can(regex("^[a-z0-9]{3,24}$", var.names.storage_account))
    error_message = "names.storage_account must be 3 to 24 lower-case letters and digits."
  }
}

variable "tags" {
  description = "Tags of everything that can have tags, besides `application` and `environment`."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "existing" {
  description = "What exists already and is used as it is: by name a resource group, an identity, a storage account (for this app alone, without shared keys), by id a Flex Consumption plan (for this app alone) and a Log Analytics workspace. What is not named is made."
  type = object({
    resource_group             = optional(string)
    service_plan_id            = optional(string)
    identity                   = optional(object({ name = string, resource_group = string }))
    storage_account            = optional(object({ name = string, resource_group = string }))
    log_analytics_workspace_id = optional(string)
  })
  default  = {}
  nullable = false
}

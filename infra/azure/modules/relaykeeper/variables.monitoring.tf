# Who may call, what is logged, and who is told.

variable "authentication" {
  description = "App Service Authentication (Easy Auth): the client id of the app registration that has the roles `reader`, `operator` and `ticker` (`modules/app-registration` makes one), its tenant if it is another, further audiences of tokens, and, if only certain applications may call, their client ids. null: callers need a function key."
  type = object({
    client_id            = string
    tenant_id            = optional(string)
    audiences            = optional(list(string), [])
    allowed_applications = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.authentication == null || can(regex("^[0-9a-fA-F-]{36}$", try(var.authentication.client_id, "")))
    error_message = "authentication.client_id must be a GUID: the Application (client) ID of the app registration."
  }
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 120, 180, 270, 365, 550, 730], var.log_days)
    error_message = "log_days must be 30, 60, 90, 120, 180, 270, 365, 550 or 730, which Application Insights has."
  }
}

variable "log_daily_gb" {
  description = "Gigabytes of logs a day after which no more is taken, so that a fault costs no more than that. The alerts below then fire too, as nothing is seen any more."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.log_daily_gb > 0
    error_message = "log_daily_gb must be more than 0: there is no unlimited volume here."
  }
}

variable "app_log_categories" {
  description = "Categories of the app's platform logs that go to the workspace. FunctionAppLogs shows why a host does not start when Application Insights shows nothing."
  type        = list(string)
  default     = ["FunctionAppLogs"]
  nullable    = false
}

variable "storage_log_categories" {
  description = "Categories of the storage account's logs that go to the workspace. StorageRead is left out: the host polls its queues every two seconds."
  type        = list(string)
  default     = ["StorageWrite", "StorageDelete"]
  nullable    = false
}

variable "alert_emails" {
  description = "Who is told when the timers are silent: a name and an address for each."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "alert_action_group_ids" {
  description = "Action groups that exist and are told too."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "watch_silent_after" {
  description = "How long no watch may have succeeded before the alert, as ISO 8601: the watch runs every ten minutes."
  type        = string
  default     = "PT30M"
  nullable    = false

  validation {
    condition     = contains(["PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"], var.watch_silent_after)
    error_message = "watch_silent_after must be PT15M, PT30M, PT45M, PT1H to PT6H, or P1D, which Azure Monitor has."
  }
}

variable "tick_silent_after" {
  description = "How long no tick may have succeeded before the alert, as ISO 8601: the tick runs every hour."
  type        = string
  default     = "PT3H"
  nullable    = false

  validation {
    condition     = contains(["PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"], var.tick_silent_after)
    error_message = "tick_silent_after must be PT15M, PT30M, PT45M, PT1H to PT6H, or P1D, which Azure Monitor has."
  }
}

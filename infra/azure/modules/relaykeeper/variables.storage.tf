# The storage account: how safe, and how long things are kept.

variable "storage_replication" {
  description = "How the storage account is replicated: `LRS`, `ZRS`, `GRS` or `GZRS`."
  type        = string
  default     = "ZRS"
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS"], var.storage_replication)
    error_message = "storage_replication must be LRS, ZRS, GRS or GZRS."
  }
}

variable "deleted_days" {
  description = "Days for which deleted and overwritten blobs, and deleted containers, can be restored."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.deleted_days >= 1 && var.deleted_days <= 365
    error_message = "deleted_days must be from 1 to 365."
  }
}

variable "request_days" {
  description = "Days after which a request (`requests/`, `ended/`) is deleted. The API promises seven."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.request_days >= 8
    error_message = "request_days must be at least 8: the API shows a request for seven days."
  }
}

variable "history_days" {
  description = "Days after which a day of the history is deleted."
  type        = number
  default     = 730
  nullable    = false

  validation {
    condition     = var.history_days >= var.history_immutable_days
    error_message = "history_days must not be less than history_immutable_days: until then nothing can be deleted."
  }
}

variable "history_immutable_days" {
  description = "Days for which nobody can change or delete a day of the history; records can still be appended. 0: no such policy."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.history_immutable_days >= 0 && var.history_immutable_days <= 146000
    error_message = "history_immutable_days must be from 0 to 146000."
  }
}

variable "history_locked" {
  description = "Whether the history's policy is locked. That cannot be undone: then not even a subscription's owner can shorten it, or delete the storage account before it ends."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.history_locked || var.history_immutable_days > 0
    error_message = "history_locked needs history_immutable_days."
  }
}

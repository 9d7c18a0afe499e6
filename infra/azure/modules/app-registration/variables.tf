variable "display_name" {
  description = "The name of the app registration, such as `Relaykeeper dev`. One for each environment."
  type        = string
  nullable    = false
}

variable "members" {
  description = "Who has which role: a name of your choice and the object id of a group, a user, or the service principal of an application, such as Prometheus' or a pipeline's. An operator is a reader and a ticker too."
  type = object({
    reader   = optional(map(string), {})
    operator = optional(map(string), {})
    ticker   = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

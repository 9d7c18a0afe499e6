# The network: none of our own, a virtual network, private endpoints.

variable "network" {
  description = "The virtual network through which the app calls out. `subnet_id`: a subnet that exists, delegated to Microsoft.App/environments. `address_space`: make a network of this range (/25 or larger) with its subnets. Neither: the app calls out from addresses of the region. `nat_gateway`: call out from one address of our own."
  type = object({
    subnet_id     = optional(string)
    address_space = optional(string)
    nat_gateway   = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.network.subnet_id == null || var.network.address_space == null
    error_message = "network must have either subnet_id or address_space."
  }

  validation {
    condition     = var.network.address_space == null || can(cidrsubnet(var.network.address_space, 1, 1))
    error_message = "network.address_space must be a range such as 10.20.0.0/25."
  }

  validation {
    condition     = !var.network.nat_gateway || var.network.address_space != null
    error_message = "network.nat_gateway needs network.address_space: the gateway of a network that exists is its owner's."
  }
}

variable "private_endpoints" {
  description = "Private endpoints for storage, which then has no public address, and for the vaults in `vault_ids`; with `app` also for the app itself, whose deployments must then come from the network. `subnet_id`: where, unless the module makes the network. `dns_zone_ids`: zones that exist, by `blob`, `queue`, `vault`, `sites`; others are made and linked."
  type = object({
    subnet_id    = optional(string)
    dns_zone_ids = optional(map(string), {})
    app          = optional(bool, false)
    vault_ids    = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.private_endpoints == null || var.network.address_space != null || (var.network.subnet_id != null && try(var.private_endpoints.subnet_id, null) != null)
    error_message = "private_endpoints needs network.address_space, or both network.subnet_id and private_endpoints.subnet_id."
  }

  validation {
    condition     = length(setsubtract(keys(try(var.private_endpoints.dns_zone_ids, {})), ["blob", "queue", "vault", "sites"])) == 0
    error_message = "private_endpoints.dns_zone_ids knows blob, queue, vault and sites."
  }
}

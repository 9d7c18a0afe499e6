# The network of our own, if there is one: a subnet for the app, one for private endpoints, an address to call out from.

locals {
  makes_network = var.network.address_space != null

  app_subnet_id = local.makes_network ? azurerm_subnet.app[0].id : var.network.subnet_id

  # The network's id is what precedes /subnets/ in a subnet's.
  virtual_network_id = local.makes_network ? azurerm_virtual_network.this[0].id : try(regex("(?i)^(.+)/subnets/[^/]+$", var.private_endpoints.subnet_id)[0], null)
}

resource "azurerm_virtual_network" "this" {
  count = local.makes_network ? 1 : 0

  name                = local.names.virtual_network
  resource_group_name = local.resource_group.name
  location            = var.location
  address_space       = [var.network.address_space]
  tags                = local.tags
}

resource "azurerm_subnet" "app" {
  count = local.makes_network ? 1 : 0

  name                            = "snet-app"
  resource_group_name             = local.resource_group.name
  virtual_network_name            = azurerm_virtual_network.this[0].name
  address_prefixes                = [cidrsubnet(var.network.address_space, 1, 0)]
  default_outbound_access_enabled = !var.network.nat_gateway

  dynamic "service_endpoint" {
    for_each = var.private_endpoints == null ? ["Microsoft.Storage"] : []

    content {
      service = service_endpoint.value
    }
  }

  # What Flex Consumption asks for; other plans have another delegation.
  delegation {
    name = "flex-consumption"

    service_delegation {
      name    = "Microsoft.App/environments"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  count = local.makes_network && var.private_endpoints != null ? 1 : 0

  name                              = "snet-endpoints"
  resource_group_name               = local.resource_group.name
  virtual_network_name              = azurerm_virtual_network.this[0].name
  address_prefixes                  = [cidrsubnet(var.network.address_space, 1, 1)]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled"
}

# The default rules: in from the network alone, out to everywhere.
resource "azurerm_network_security_group" "this" {
  count = local.makes_network ? 1 : 0

  name                = "nsg-${local.base}"
  resource_group_name = local.resource_group.name
  location            = var.location
  tags                = local.tags
}

resource "azurerm_subnet_network_security_group_association" "app" {
  count = local.makes_network ? 1 : 0

  subnet_id                 = azurerm_subnet.app[0].id
  network_security_group_id = azurerm_network_security_group.this[0].id
}

resource "azurerm_subnet_network_security_group_association" "endpoints" {
  count = local.makes_network && var.private_endpoints != null ? 1 : 0

  subnet_id                 = azurerm_subnet.endpoints[0].id
  network_security_group_id = azurerm_network_security_group.this[0].id
}

resource "azurerm_public_ip" "outbound" {
  count = var.network.nat_gateway ? 1 : 0

  name                = "pip-${local.base}"
  resource_group_name = local.resource_group.name
  location            = var.location
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = local.tags
}

resource "azurerm_nat_gateway" "this" {
  count = var.network.nat_gateway ? 1 : 0

  name                = "ng-${local.base}"
  resource_group_name = local.resource_group.name
  location            = var.location
  sku_name            = "Standard"
  tags                = local.tags
}

resource "azurerm_nat_gateway_public_ip_association" "outbound" {
  count = var.network.nat_gateway ? 1 : 0

  nat_gateway_id       = azurerm_nat_gateway.this[0].id
  public_ip_address_id = azurerm_public_ip.outbound[0].id
}

resource "azurerm_subnet_nat_gateway_association" "app" {
  count = var.network.nat_gateway ? 1 : 0

  subnet_id      = azurerm_subnet.app[0].id
  nat_gateway_id = azurerm_nat_gateway.this[0].id
}

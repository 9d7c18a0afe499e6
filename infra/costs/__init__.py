"""What an estate costs a month on Flex Consumption: counted use times list prices. docs/costs.md is made from it."""

terraform {
  # 1.9: a variable's validation may look at other variables. OpenTofu and Terraform alike.
  required_version = ">= 1.9.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 5.2.0, < 6.0.0"
    }
  }
}

# The rules that tflint has built in, all of them. Those for Azure are a plugin of their own; infra/azure/check does more.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Variables stand in a file for each subject, and environments and examples are one file each.
rule "terraform_standard_module_structure" {
  enabled = false
}

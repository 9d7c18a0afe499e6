#!/usr/bin/env bash
# Makes the trimmed schema of a provider anew, where the provider can be installed: for a new version, or when the module
# uses a new resource. Then delete the old version's file, and name the new one in the environments and examples.
# Usage: infra/azure/schema/renew.sh azurerm 5.2.0
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
provider=$1 version=$2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/main.tf" <<END
terraform {
  required_providers {
    $provider = { source = "hashicorp/$provider", version = "$version" }
  }
}
END
tofu -chdir="$folder" init -no-color > /dev/null
tofu -chdir="$folder" providers schema -json |
    .venv/bin/python -m infra.azure.check.trim_schema "hashicorp/$provider" "$version" \
        > "infra/azure/schema/$provider-$version.json"

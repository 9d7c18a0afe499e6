"""What checks `infra/azure`: OpenTofu, tflint and a stand-in for Azure's provider, built from source, and checkov."""

from infra.local.azure_tools import (
    CHECKOV,
    OPENTOFU,
    PROVIDER,
    TFLINT,
    checkov_path,
    provider_path,
    tflint_path,
    tofu_path,
)
from infra.local.setup.builds import build_go_program, install_locked


def install_azure_tools() -> None:
    tofu = "github.com/opentofu/opentofu/cmd/tofu"
    build_go_program("OpenTofu, which takes 3 to 4 minutes on two cores", OPENTOFU, tofu_path(), tofu)
    tflint = "github.com/terraform-linters/tflint"
    build_go_program("tflint, which takes 1 to 2 minutes", TFLINT, tflint_path(), tflint)
    build_go_program("a stand-in for Azure's provider", PROVIDER, provider_path())
    install_locked("checkov", CHECKOV, checkov_path())

"""The programs that check `infra/azure`, in the cache that `make test-tools` fills; tests alone need them."""

from pathlib import Path

from infra.local.tools import cache, digest

LOCAL = Path(__file__).parent
OPENTOFU = LOCAL / "opentofu"
TFLINT = LOCAL / "tflint"
PROVIDER = LOCAL / "azureprovider"
CHECKOV = LOCAL / "checkov"


def tofu_path() -> Path:
    return cache() / "bin" / f"tofu-{digest(OPENTOFU, 'go.mod', 'go.sum')}"


def tflint_path() -> Path:
    return cache() / "bin" / f"tflint-{digest(TFLINT, 'go.mod', 'go.sum')}"


def provider_path() -> Path:
    """The stand-in for providers: it has their schemas, from `infra/azure/schema`, and does nothing."""
    return cache() / "bin" / f"azureprovider-{digest(PROVIDER, 'go.mod', 'go.sum', 'main.go')}"


def checkov_path() -> Path:
    """The folder of checkov's packages."""
    return cache() / f"checkov-{digest(CHECKOV, 'requirements.txt')}"

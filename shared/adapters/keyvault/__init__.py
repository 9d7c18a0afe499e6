"""Azure Key Vault: certificates, the keys behind them, and plain secrets."""

from shared.adapters.keyvault.key_vaults import KeyVaults

__all__ = ["KeyVaults"]

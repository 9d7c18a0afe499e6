"""Key Vault's stand-in: several vaults in one process, each on an address of its own."""

from infra.local.standins.config import config_file, read_config
from infra.local.standins.roles import unknown_roles
from infra.local.standins.serving import serve
from infra.local.standins.tokens import Verifier
from infra.local.standins.vault.access import ROLES, Gate
from infra.local.standins.vault.config import Config
from infra.local.standins.vault.site import vault_site
from infra.local.standins.vault.stock import stocked
from infra.local.standins.vault.vault import Vault

config = read_config(config_file(), Config)
if unknown := unknown_roles(ROLES, config.assignments):
    raise SystemExit(f"assignments name roles that the stand-in does not have: {', '.join(unknown)}")
serve(
    [
        (
            place.listener,
            vault_site(
                Vault(place.name, place.listener.origin, stocked(place.name, config.secrets)),
                Gate(
                    place.name,
                    config.tenant,
                    place.resource,
                    Verifier(config.trust, [place.resource]),
                    config.assignments,
                ),
            ),
        )
        for place in config.vaults
    ]
)

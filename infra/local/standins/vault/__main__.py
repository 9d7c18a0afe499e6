"""Key Vault's stand-in: several vaults in one process, each on an address of its own."""

from infra.local.standins.serving import config_file, read_config, serve
from infra.local.standins.tokens import Verifier, unknown_roles
from infra.local.standins.vault.access import ROLES, AccessCheck, Config
from infra.local.standins.vault.site import vault_site
from infra.local.standins.vault.store import Vault, stocked

config = read_config(config_file(), Config)
if unknown := unknown_roles(ROLES, config.assignments):
    raise SystemExit(f"assignments name roles that the stand-in does not have: {', '.join(unknown)}")
serve(
    [
        (
            place.listener,
            vault_site(
                Vault(place.name, place.listener.origin, stocked(place.name, config.secrets)),
                AccessCheck(
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

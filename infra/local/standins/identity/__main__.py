"""Entra's stand-in: tokens for managed identities, and the keys to check them with."""

from infra.local.standins.config import config_file, read_config
from infra.local.standins.identity.config import Config
from infra.local.standins.identity.issuing import token_issuer
from infra.local.standins.identity.sites import endpoint_site, issuer_site
from infra.local.standins.serving import serve

config = read_config(config_file(), Config)
issuer = token_issuer(config)
serve([(config.endpoint, endpoint_site(config, issuer)), (config.issuer, issuer_site(config, issuer))])

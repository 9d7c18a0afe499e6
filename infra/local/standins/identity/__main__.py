"""Entra's stand-in: tokens for managed identities, and the keys to check them with."""

from infra.local.standins.identity.issuing import Config, token_issuer
from infra.local.standins.identity.sites import endpoint_site, issuer_site
from infra.local.standins.serving import config_file, read_config, serve

config = read_config(config_file(), Config)
issuer = token_issuer(config)
serve([(config.endpoint, endpoint_site(config, issuer)), (config.issuer, issuer_site(config, issuer))])

"""Azure DNS' stand-in: record sets as Resource Manager offers them, served by a real name server."""

from infra.local.standins.azuredns.errors import refuse
from infra.local.standins.azuredns.record_sets import Store
from infra.local.standins.azuredns.service import BUILT_IN_ROLES, Config, Service
from infra.local.standins.serving import config_file, read_config, serve
from infra.local.standins.tokens import Verifier, unknown_roles
from infra.local.standins.web import Route, Site

AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
ZONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones/{zone}"

config = read_config(config_file(), Config)
if unknown := unknown_roles({**BUILT_IN_ROLES, **config.roles}, config.assignments):
    raise SystemExit(f"assignments name roles that the stand-in does not have: {', '.join(unknown)}")

service = Service(config, Verifier(config.trust, AUDIENCES), Store())
site = Site(
    name="azuredns",
    routes=[
        Route("GET", ZONE, service.get_zone),
        Route("GET", f"{ZONE}/TXT", service.list_txt),
        Route("GET", f"{ZONE}/TXT/{{name}}", service.get_txt),
        Route("PUT", f"{ZONE}/TXT/{{name}}", service.put_txt),
        Route("DELETE", f"{ZONE}/TXT/{{name}}", service.delete_txt),
    ],
    authenticate=service.authenticate,
    refuse=refuse,
)
serve([(config.listener, site)])

"""The routes of a vault, and the action that a caller must be allowed for each.

https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault
"""

from functools import partial

from infra.local.standins.vault import certificates, issuing, plain_secrets
from infra.local.standins.vault.access import AccessCheck
from infra.local.standins.vault.issuing import import_
from infra.local.standins.vault.store import Vault
from infra.local.standins.web import Answer, Endpoint, Request, Route, Site

type Entry = tuple[str, str, str, Endpoint]
"""Method, path below the kind of object, data action, operation."""

_CERTIFICATES: tuple[Entry, ...] = (
    ("GET", "/certificates", "certificates/read", certificates.list_all),
    ("POST", "/certificates/{name}/create", "certificates/create/action", issuing.create),
    ("POST", "/certificates/{name}/import", "certificates/import/action", import_),
    ("GET", "/certificates/{name}/versions", "certificates/read", certificates.list_versions),
    ("GET", "/certificates/{name}/policy", "certificates/read", certificates.get_policy),
    ("PATCH", "/certificates/{name}/policy", "certificates/update/action", certificates.update_policy),
    ("GET", "/certificates/{name}/pending", "certificates/read", issuing.get_operation),
    ("PATCH", "/certificates/{name}/pending", "certificates/update/action", issuing.update_operation),
    ("DELETE", "/certificates/{name}/pending", "certificates/delete", issuing.delete_operation),
    ("POST", "/certificates/{name}/pending/merge", "certificates/create/action", issuing.merge),
    ("GET", "/certificates/{name}", "certificates/read", certificates.get),
    ("PATCH", "/certificates/{name}", "certificates/update/action", certificates.update),
    ("DELETE", "/certificates/{name}", "certificates/delete", certificates.delete),
    ("GET", "/certificates/{name}/{version}", "certificates/read", certificates.get),
    ("PATCH", "/certificates/{name}/{version}", "certificates/update/action", certificates.update),
    ("GET", "/deletedcertificates", "certificates/read", certificates.list_deleted),
    ("GET", "/deletedcertificates/{name}", "certificates/read", certificates.get_deleted),
    ("DELETE", "/deletedcertificates/{name}", "certificates/purge/action", certificates.purge),
    ("POST", "/deletedcertificates/{name}/recover", "certificates/recover/action", certificates.recover),
)

_SECRETS: tuple[Entry, ...] = (
    ("GET", "/secrets", "secrets/readMetadata/action", plain_secrets.list_all),
    ("PUT", "/secrets/{name}", "secrets/setSecret/action", plain_secrets.set_),
    ("GET", "/secrets/{name}/versions", "secrets/readMetadata/action", plain_secrets.list_versions),
    ("GET", "/secrets/{name}", "secrets/getSecret/action", plain_secrets.get),
    ("PATCH", "/secrets/{name}", "secrets/update/action", plain_secrets.update),
    ("DELETE", "/secrets/{name}", "secrets/delete", plain_secrets.delete),
    ("GET", "/secrets/{name}/{version}", "secrets/getSecret/action", plain_secrets.get),
    ("PATCH", "/secrets/{name}/{version}", "secrets/update/action", plain_secrets.update),
    ("GET", "/deletedsecrets", "secrets/readMetadata/action", plain_secrets.list_deleted),
    ("GET", "/deletedsecrets/{name}", "secrets/readMetadata/action", plain_secrets.get_deleted),
    ("DELETE", "/deletedsecrets/{name}", "secrets/purge/action", plain_secrets.purge),
    ("POST", "/deletedsecrets/{name}/recover", "secrets/recover/action", plain_secrets.recover),
)


def vault_site(vault: Vault, access: AccessCheck) -> Site:
    """What a vault's address serves."""
    return Site(
        name=f"vault {vault.name}",
        routes=[
            Route(method, path, partial(_authorized, vault, access, action, operation))
            for method, path, action, operation in (*_CERTIFICATES, *_SECRETS)
        ],
        authenticate=access.authenticate,
        refuse=access.refuse,
        controls=[Route("POST", "/_pace", vault.set_pace)],
        unimplemented=("/certificates/issuers", "/certificates/contacts"),
    )


def _authorized(
    vault: Vault, access: AccessCheck, action: str, operation: Endpoint, request: Request, name: str = "", **parts: str
) -> Answer:
    kind = action.split("/", 1)[0]
    access.authorize(request.caller, action, f"{kind}/{name}".rstrip("/"))
    return operation(vault, request, **({"name": name} if name else {}), **parts)

"""App Service's token endpoint (http) and OpenID Connect discovery (https).

https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

import secrets
from functools import partial

from infra.local.standins.identity.issuing import Config, Identity, TokenIssuer
from infra.local.standins.tokens import ANONYMOUS, Caller
from infra.local.standins.web import Answer, InputError, RefusalError, Request, Route, Site

KEYS_PATH = "/discovery/keys"


def endpoint_site(config: Config, issuer: TokenIssuer) -> Site:
    """What IDENTITY_ENDPOINT names; `POST /_tokens {"lifetime": SECONDS}` changes the lifetime of tokens to come."""
    return Site(
        name="identity endpoint",
        routes=[Route("GET", "/msi/token", partial(_token, config, issuer))],
        authenticate=partial(_authenticate, config),
        refuse=refuse,
        controls=[Route("POST", "/_tokens", partial(_set_lifetime, issuer))],
    )


def issuer_site(config: Config, issuer: TokenIssuer) -> Site:
    """Where the keys are found (OpenID Connect Discovery 1.0, section 4)."""
    origin = config.issuer.origin
    document = {
        "issuer": origin,
        "jwks_uri": origin + KEYS_PATH,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return Site(
        name="identity issuer",
        routes=[
            Route("GET", "/.well-known/openid-configuration", lambda _: Answer(200, document)),
            Route("GET", KEYS_PATH, lambda _: Answer(200, issuer.key_set())),
        ],
        authenticate=lambda _: ANONYMOUS,
        refuse=refuse,
    )


def refuse(status: int, code: str, message: str) -> Answer:
    """An error as App Service writes it."""
    return Answer(status, {"statusCode": status, "message": f"{code}: {message}"})


def _authenticate(config: Config, request: Request) -> Caller:
    given = request.headers.get("X-IDENTITY-HEADER", "")
    if not secrets.compare_digest(given.encode(), config.header.encode()):
        raise RefusalError(refuse(401, "Unauthorized", "X-IDENTITY-HEADER is missing or is not IDENTITY_HEADER."))
    return ANONYMOUS


def _token(config: Config, issuer: TokenIssuer, request: Request) -> Answer:
    if request.query.get("api-version") != "2019-08-01":
        raise RefusalError(refuse(400, "BadRequest", "api-version must be 2019-08-01."))
    if request.query.keys() & {"object_id", "principal_id", "mi_res_id"}:
        raise RefusalError(refuse(501, "NotImplemented", "The stand-in picks an identity by client_id alone."))
    resource = request.query.get("resource", "")
    if not issuer.knows(resource):
        raise RefusalError(refuse(400, "AADSTS500011", f"The resource principal named {resource} was not found."))
    identity = _identity(config, request.query.get("client_id"))
    token, expires = issuer.token(identity, resource)
    return Answer(
        200,
        {
            "access_token": token,
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": identity.client_id,
        },
    )


def _identity(config: Config, client_id: str | None) -> Identity:
    for identity in config.identities:
        if identity.client_id == client_id or (client_id is None and identity.system):
            return identity
    sentence = "No managed identity found for the given client_id, or no system identity."
    raise RefusalError(refuse(400, "BadRequest", sentence))


def _set_lifetime(issuer: TokenIssuer, request: Request) -> Answer:
    match request.json():
        case {"lifetime": int(lifetime)}:
            issuer.lifetime = lifetime
            return Answer(204)
        case _:
            raise InputError('Say {"lifetime": SECONDS}.')

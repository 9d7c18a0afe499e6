"""The HTTP functions: one per operation of the API. What they do is in shared/api."""

import os
from urllib.parse import parse_qsl

import azure.functions as func

http_blueprint = func.Blueprint()

EASY_AUTH = os.environ.get("RELAYKEEPER_EASY_AUTH", "").lower() == "true"
LEVEL = func.AuthLevel.ANONYMOUS if EASY_AUTH else func.AuthLevel.FUNCTION
"""With Easy Auth the platform authenticates callers before the host sees them; else the host requires a key."""

ROUTES = (
    ("list_certificates", "GET", "certificates", LEVEL),
    ("show_certificate", "GET", "certificates/{name}", LEVEL),
    ("renew_certificate", "POST", "certificates/{name}/renewals", LEVEL),
    ("roll_back_certificate", "POST", "certificates/{name}/rollbacks", LEVEL),
    ("release_certificate", "DELETE", "certificates/{name}/quarantine", LEVEL),
    ("list_clients", "GET", "clients", LEVEL),
    ("show_client", "GET", "clients/{id}", LEVEL),
    ("deliver_client", "POST", "clients/{id}/deliver", LEVEL),
    ("confirm_client_removals", "POST", "clients/removals", LEVEL),
    ("list_relays", "GET", "relays", LEVEL),
    ("show_relay", "GET", "relays/{name}", LEVEL),
    ("resume_logins", "POST", "relays/{name}/resume-logins", LEVEL),
    ("examine_relay", "POST", "relays/{name}/checks", LEVEL),
    ("list_requests", "GET", "requests", LEVEL),
    ("show_request", "GET", "requests/{id}", LEVEL),
    ("list_pauses", "GET", "pauses", LEVEL),
    ("pause", "POST", "pauses", LEVEL),
    ("resume", "DELETE", "pauses/{id}", LEVEL),
    ("tick_now", "POST", "ticks", LEVEL),
    ("show_plan", "GET", "plan", LEVEL),
    ("plan_inventory", "POST", "plans", LEVEL),
    ("read_history", "GET", "history", LEVEL),
    ("read_metrics", "GET", "metrics", LEVEL),
    ("show_health", "GET", "health", func.AuthLevel.ANONYMOUS),
    ("show_health_parts", "GET", "health/parts", LEVEL),
    ("list_alerts", "GET", "alerts", LEVEL),
    ("send_test_alert", "POST", "alerts/test", LEVEL),
    ("show_openapi", "GET", "openapi.json", LEVEL),
)
"""Operation, method, route, level. shared/api has them too; importing it at each cold start would take too long."""


def add_function(operation: str, method: str, route: str, level: func.AuthLevel) -> None:
    """Add the function of an operation to the blueprint, with the operation's id as its name."""

    @http_blueprint.function_name(operation)
    @http_blueprint.route(route, methods=[method], auth_level=level)
    def call(req: func.HttpRequest) -> func.HttpResponse:
        return respond(operation, req)


def respond(operation: str, request: func.HttpRequest) -> func.HttpResponse:
    """Respond to a call of the operation of that id."""
    from shared.api import handler
    from shared.api.http import HttpRequest
    from shared.api.operations import BY_ID
    from shared.compose import compose

    query = tuple(parse_qsl(request.url.partition("?")[2], keep_blank_values=True))
    call = HttpRequest(dict(request.headers), query, request.route_params, request.get_body())
    response = handler.handle(BY_ID[operation], call, os.environ, compose)
    headers = {**response.headers, "content-type": response.content_type}
    return func.HttpResponse(response.body, status_code=response.status, headers=headers)


for each in ROUTES:
    add_function(*each)

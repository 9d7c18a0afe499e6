"""HTTP in and out: the same for every function; what is asked and answered is in shared/api.

Imports stay inside the function: the host indexes this file at each cold start.
"""

import os
from urllib.parse import parse_qsl

import azure.functions as func

EASY_AUTH = os.environ.get("RELAYKEEPER_EASY_AUTH", "").lower() == "true"
LEVEL = func.AuthLevel.ANONYMOUS if EASY_AUTH else func.AuthLevel.FUNCTION
"""Easy Auth has let the caller in before; else the host asks for a key."""


def answer(operation: str, request: func.HttpRequest) -> func.HttpResponse:
    """Answer a call of the operation of that id."""
    from shared.api import answering
    from shared.api.exchange import Call
    from shared.api.operations import BY_ID
    from shared.compose import compose

    query = tuple(parse_qsl(request.url.partition("?")[2], keep_blank_values=True))
    call = Call(dict(request.headers), query, request.route_params, request.get_body())
    answered = answering.answer(BY_ID[operation], call, os.environ, compose)
    headers = {**answered.headers, "content-type": answered.content_type}
    return func.HttpResponse(answered.body, status_code=answered.status, headers=headers)

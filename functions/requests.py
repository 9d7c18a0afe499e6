"""What people asked for."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("requests", methods=["GET"], auth_level=LEVEL)
def list_requests(req: func.HttpRequest) -> func.HttpResponse:
    return answer("list_requests", req)


@blueprint.route("requests/{id}", methods=["GET"], auth_level=LEVEL)
def show_request(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_request", req)

"""For probes."""

import azure.functions as func

from functions.answering import answer

blueprint = func.Blueprint()


@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def show_health(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_health", req)

"""For probes, and for those who want to know more."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def show_health(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_health", req)


@blueprint.route("health/parts", methods=["GET"], auth_level=LEVEL)
def show_health_parts(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_health_parts", req)

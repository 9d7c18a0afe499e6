"""The API's own description."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("openapi.json", methods=["GET"], auth_level=LEVEL)
def show_openapi(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_openapi", req)

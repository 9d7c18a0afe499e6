"""What is left alone for a while."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("pauses", methods=["GET"], auth_level=LEVEL)
def list_pauses(req: func.HttpRequest) -> func.HttpResponse:
    return answer("list_pauses", req)


@blueprint.route("pauses", methods=["POST"], auth_level=LEVEL)
def pause(req: func.HttpRequest) -> func.HttpResponse:
    return answer("pause", req)


@blueprint.route("pauses/{id}", methods=["DELETE"], auth_level=LEVEL)
def resume(req: func.HttpRequest) -> func.HttpResponse:
    return answer("resume", req)

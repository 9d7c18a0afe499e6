"""What the next tick would do."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("plan", methods=["GET"], auth_level=LEVEL)
def show_plan(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_plan", req)

"""What was done."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("history", methods=["GET"], auth_level=LEVEL)
def read_history(req: func.HttpRequest) -> func.HttpResponse:
    return answer("read_history", req)

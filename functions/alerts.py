"""A test of who is told."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("alerts/test", methods=["POST"], auth_level=LEVEL)
def send_test_alert(req: func.HttpRequest) -> func.HttpResponse:
    return answer("send_test_alert", req)

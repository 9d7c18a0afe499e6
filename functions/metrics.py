"""Metrics for Prometheus."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("metrics", methods=["GET"], auth_level=LEVEL)
def read_metrics(req: func.HttpRequest) -> func.HttpResponse:
    return answer("read_metrics", req)

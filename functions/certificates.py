"""Certificates, and what people ask for them."""

import azure.functions as func

from functions.answering import LEVEL, answer

blueprint = func.Blueprint()


@blueprint.route("certificates", methods=["GET"], auth_level=LEVEL)
def list_certificates(req: func.HttpRequest) -> func.HttpResponse:
    return answer("list_certificates", req)


@blueprint.route("certificates/{name}", methods=["GET"], auth_level=LEVEL)
def show_certificate(req: func.HttpRequest) -> func.HttpResponse:
    return answer("show_certificate", req)


@blueprint.route("certificates/{name}/renewals", methods=["POST"], auth_level=LEVEL)
def renew_certificate(req: func.HttpRequest) -> func.HttpResponse:
    return answer("renew_certificate", req)


@blueprint.route("certificates/{name}/rollbacks", methods=["POST"], auth_level=LEVEL)
def roll_back_certificate(req: func.HttpRequest) -> func.HttpResponse:
    return answer("roll_back_certificate", req)


@blueprint.route("certificates/{name}/quarantine", methods=["DELETE"], auth_level=LEVEL)
def release_certificate(req: func.HttpRequest) -> func.HttpResponse:
    return answer("release_certificate", req)

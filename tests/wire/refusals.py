"""How each server lays out a refusal."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from infra.local.proxy import Reply

RETRY_AFTER = 900
"""Seconds; more than the journal's own first backoff."""

WORDS = "a fault that a test has switched on"


def again(status: int) -> Mapping[str, str]:
    return {"Retry-After": str(RETRY_AFTER)} if status == HTTPStatus.TOO_MANY_REQUESTS else {}


def acme_problem(status: int) -> Reply:
    """RFC 8555, section 6.7."""
    kind = {429: "rateLimited", 500: "serverInternal"}.get(status, "unauthorized")
    document = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": WORDS, "status": status}
    return Reply(status, {"Content-Type": "application/problem+json", **again(status)}, json.dumps(document).encode())


def kubernetes_status(status: int) -> Reply:
    """https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/."""
    right = 'patch resource "secrets" in API group "" in the namespace "mailrelay"'
    forbidden = f'secrets "relay-tls" is forbidden: User "x" cannot {right}'
    document = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": forbidden if status == HTTPStatus.FORBIDDEN else WORDS,
        "reason": HTTPStatus(status).phrase.replace(" ", ""),
        "details": {"name": "relay-tls", "kind": "secrets"},
        "code": status,
    }
    return Reply(status, {"Content-Type": "application/json", **again(status)}, json.dumps(document).encode())


def storage_error(status: int) -> Reply:
    """https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2."""
    code = HTTPStatus(status).phrase.replace(" ", "")
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{WORDS}</Message></Error>"
    headers = {"Content-Type": "application/xml", "x-ms-error-code": code, **again(status)}
    return Reply(status, headers, body.encode())


def identity_error(status: int) -> Reply:
    """As App Service's token endpoint answers. The SDK keeps it for as long as it says, for five seconds otherwise."""
    document = {"statusCode": status, "message": WORDS}
    return Reply(status, {"Content-Type": "application/json", "Retry-After": "0"}, json.dumps(document).encode())


def vault_error(status: int) -> Reply:
    """https://learn.microsoft.com/azure/key-vault/general/rest-error-codes."""
    document = {"error": {"code": HTTPStatus(status).phrase.replace(" ", ""), "message": WORDS}}
    return Reply(status, {"Content-Type": "application/json", **again(status)}, json.dumps(document).encode())

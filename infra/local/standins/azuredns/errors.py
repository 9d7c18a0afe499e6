"""Azure Resource Manager's and Azure DNS' errors, in their own codes and shape."""

from infra.local.standins.tokens import Caller
from infra.local.standins.web import Answer, RefusalError


def refuse(status: int, code: str, message: str) -> Answer:
    """An error as Resource Manager writes it; 401 says how to authenticate."""
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == 401 else {}
    return Answer(status, {"error": {"code": code, "message": message}}, headers)


def bad_request(message: str) -> RefusalError:
    """What was sent makes no sense."""
    return RefusalError(Answer(400, {"code": "BadRequest", "message": message}))


def zone_not_found(zone: str, group: str) -> RefusalError:
    """No such zone in the resource group."""
    sentence = f"The Resource 'Microsoft.Network/dnsZones/{zone}' under resource group '{group}' was not found."
    return RefusalError(refuse(404, "ResourceNotFound", sentence))


def parent_not_found(zone_id: str) -> RefusalError:
    """A record set in a zone that does not exist."""
    sentence = f"Can not perform requested operation on nested resource. Parent resource '{zone_id}' not found."
    return RefusalError(refuse(404, "ParentResourceNotFound", sentence))


def record_set_not_found(name: str, group: str, subscription: str) -> RefusalError:
    """Azure DNS' own errors come without the frame that Resource Manager's have."""
    sentence = (
        f"The resource record '{name}' does not exist in resource group '{group}' of subscription '{subscription}'."
    )
    return RefusalError(Answer(404, {"code": "NotFound", "message": sentence}))


def version_not_supported(given: str, supported: str) -> RefusalError:
    """An `api-version` that the resource provider does not have."""
    sentence = (
        f"No registered resource provider found for location 'global' and API version '{given}' for type "
        f"'dnszones/TXT'. The supported api-versions are '{supported}'. The supported locations are ', global'."
    )
    return RefusalError(refuse(400, "NoRegisteredProviderFound", sentence))


def record_set_exists(name: str) -> RefusalError:
    """A create with `If-None-Match: *` where there is a set already."""
    return _precondition_failed(f"The Record set {name} exists already and hence cannot be created again.")


def record_set_changed(name: str) -> RefusalError:
    """A write with an ETag that is no longer the set's: somebody else wrote in between."""
    return _precondition_failed(f"The Record set {name} has been modified (etag mismatch).")


def _precondition_failed(sentence: str) -> RefusalError:
    return RefusalError(Answer(412, {"code": "PreconditionFailed", "message": sentence}))


def alias_in_the_way() -> RefusalError:
    """A name with a CNAME has nothing else (RFC 1034, section 3.6.2)."""
    sentence = "The record could not be created because a CNAME record with the same name already exists in this zone."
    return RefusalError(Answer(409, {"code": "Conflict", "message": sentence}))


def name_server_failed(task: str, where: str, what: str) -> RefusalError:
    """The stand-in's own trouble: the name server behind it did not take an update."""
    return RefusalError(refuse(500, "InternalServerError", f"The update of {task} failed at {where}: {what}."))


def authorization_failed(caller: Caller, action: str, scope: str) -> RefusalError:
    """No role of the caller's allows this."""
    who = caller.object_id
    sentence = (
        f"The client '{who}' with object id '{who}' does not have authorization to perform action '{action}' "
        f"over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials."
    )
    return RefusalError(refuse(403, "AuthorizationFailed", sentence))

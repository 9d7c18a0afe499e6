"""Key Vault's errors, in the service's own codes and shape.

https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
https://learn.microsoft.com/azure/key-vault/certificates/create-certificate-scenarios
"""

from infra.local.standins.tokens import Caller
from infra.local.standins.web import Answer, RefusalError


def refuse(status: int, code: str, message: str, inner: str | None = None) -> Answer:
    """An error body; `inner` is the code of the inner error, which tells apart what `code` does not."""
    error: dict[str, object] = {"code": code, "message": message}
    if inner:
        error["innererror"] = {"code": inner}
    return Answer(status, {"error": error})


def bad_parameter(message: str) -> RefusalError:
    """What was sent makes no sense."""
    return RefusalError(refuse(400, "BadParameter", message))


def version_not_recognized(given: str, latest: str) -> RefusalError:
    """An `api-version` that the service does not have."""
    sentence = (
        f"The specified version ({given}) is not recognized. Consider using the latest supported version ({latest})."
    )
    return bad_parameter(sentence)


def certificate_not_found(name: str, version: str = "") -> RefusalError:
    """No such certificate, or no such version of it."""
    return RefusalError(refuse(404, "CertificateNotFound", _not_found("certificate", name, version)))


def secret_not_found(name: str, version: str = "") -> RefusalError:
    """No such secret, or no such version of it."""
    return RefusalError(refuse(404, "SecretNotFound", _not_found("secret", name, version)))


def pending_certificate_not_found(name: str) -> RefusalError:
    """The certificate has no operation, or another one than was asked for."""
    return RefusalError(refuse(404, "PendingCertificateNotFound", f"Pending certificate not found: {name}"))


def deleted_not_found(kind: str, name: str) -> RefusalError:
    """No deleted `Certificate` or `Secret` of that name."""
    return RefusalError(refuse(404, f"{kind}NotFound", f"Deleted {kind} not found: {name}"))


def operation_in_progress() -> RefusalError:
    """Create or import while the certificate's operation waits for its merge."""
    sentence = (
        "A new key vault certificate can not be created or imported while a pending key vault certificate's "
        "status is inProgress."
    )
    return RefusalError(refuse(409, "Conflict", sentence))


def no_longer_in_progress() -> RefusalError:
    """Merge or update of an operation that has completed."""
    return RefusalError(refuse(403, "Forbidden", "Pending status must be in progress to allow update."))


def being_deleted(kind: str, name: str) -> RefusalError:
    """The deletion of this `Certificate` or `Secret` takes some seconds."""
    sentence = f"{kind} {name} is currently being deleted and cannot be re-created; retry later."
    return RefusalError(refuse(409, "Conflict", sentence, "ObjectIsBeingDeleted"))


def deleted_but_recoverable(kind: str, name: str) -> RefusalError:
    """The name belongs to a soft-deleted `Certificate` or `Secret`."""
    sentence = (
        f"{kind} {name} is currently in a deleted but recoverable state, and its name cannot be reused; "
        f"in this state, the {kind.lower()} can only be recovered or purged."
    )
    return RefusalError(refuse(409, "Conflict", sentence, "ObjectIsDeletedButRecoverable"))


def name_taken(kind: str, name: str) -> RefusalError:
    """Certificates and secrets share their names: a certificate is a secret as well."""
    return RefusalError(refuse(409, "Conflict", f"A {kind} with the name {name} exists already."))


def managed_by_key_vault(operation: str) -> RefusalError:
    """The secret behind a certificate is changed through the certificate alone."""
    sentence = f'Operation "{operation}" is not allowed as this object\'s lifetime is managed by Key Vault.'
    return RefusalError(refuse(403, "Forbidden", sentence, "SecretManagedByKeyVault"))


def secret_disabled() -> RefusalError:
    """The value of a disabled version is not given away."""
    sentence = "Operation get is not allowed on a disabled secret."
    return RefusalError(refuse(403, "Forbidden", sentence, "SecretDisabled"))


def forbidden_by_rbac(caller: Caller, action: str, vault: str, scope: str) -> RefusalError:
    """No role of the caller's allows this; the message names caller, action and resource."""
    resource = f"/subscriptions/local/resourcegroups/local/providers/microsoft.keyvault/vaults/{scope}"
    delay = "If role assignments, deny assignments or role definitions were changed recently"
    lines = [
        "Caller is not authorized to perform action on resource.",
        f"{delay}, please observe propagation time.",
        f"Caller: appid={caller.application_id};oid={caller.object_id};iss={caller.issuer}",
        f"Action: 'Microsoft.KeyVault/vaults/{action}'",
        f"Resource: '{resource}'",
        "Assignment: (not found)",
        "DenyAssignmentId: null",
        "DecisionReason: 'DeniedWithNoValidRBAC' ",
        f"Vault: {vault};location=local",
        "",
    ]
    return RefusalError(refuse(403, "Forbidden", "\r\n".join(lines), "ForbiddenByRbac"))


def _not_found(kind: str, name: str, version: str) -> str:
    wanted = f"{name}/{version}" if version else name
    return (
        f"A {kind} with (name/id) {wanted} was not found in this key vault. If you recently deleted this {kind} "
        "you may be able to recover it using the correct recovery command."
    )

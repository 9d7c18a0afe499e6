"""Clients' passwords in Key Vault: read a version for the moment of use, store a new one that is marked as ours.

https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret
https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import msgspec
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest, HttpResponse
from azure.keyvault.secrets import SecretClient

from shared.adapters.keyvault.refusals import (
    CONFLICT,
    DELETED,
    DISABLED,
    NO_SECRET,
    OK,
    READ_DELETED,
    READ_PASSWORD,
    REMEDIES,
    STORE_PASSWORD,
    conflict_error,
)
from shared.azure import inner_code, translated
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword, is_for_probe, made_for, tags_of_password
from shared.domain.object_ref import Version
from shared.errors import PermanentError, TransientError, Unreadable
from shared.inventory import SecretReference

VERSION_ID = r"^https://[^/\s]+/secrets/[-0-9a-zA-Z]+/[0-9a-f]{32}\Z"
CONTENT_TYPE = "SMTP password"
"""Key Vault takes any text here; people see it in the list of secrets."""


@dataclass(frozen=True, slots=True)
class SecretAttributes:
    """What we use of a version's attributes; dates are in seconds since the epoch."""

    created: int
    nbf: int | None = None
    exp: int | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class SecretBundle:
    """What we use of an answer with a value. `kid` and `managed` are there if it is the key of a certificate."""

    id: Annotated[str, msgspec.Meta(pattern=VERSION_ID)]
    attributes: SecretAttributes
    value: str = field(repr=False)
    tags: Mapping[str, str] | None = None
    kid: str | None = None
    managed: bool | None = None

    @property
    def version(self) -> Version:
        return Version(self.id.rpartition("/")[2])


def read_password(client: SecretClient, ref: SecretReference, version: Version | None) -> StoredPassword | None:
    """One request, not by the SDK's get_secret, which makes text of a value that is none."""
    tried = f"cannot read the password in secret {ref.name} of vault {ref.vault}"
    path = f"/secrets/{ref.name}/{quote(version or '', safe='')}"
    with translated(tried, READ_PASSWORD, REMEDIES):
        answer = client.send_request(HttpRequest("GET", path))
        if answer.status_code != OK:
            error = HttpResponseError(response=answer)
            if is_missing(error):
                return None
            if inner_code(error) != DISABLED:
                raise error
    found = secret_bundle(answer, tried) if answer.status_code == OK else None
    if found is not None and found.attributes.enabled:
        return stored_password(found, tried)
    if version is None:  # somebody wanted it so: callers must not take it for missing, and make another
        raise Unreadable(f"{tried}: its newest version is disabled. Enable it, or store a new version.")
    return None


def is_missing(error: HttpResponseError) -> bool:
    """Say whether it is the vault that has no such secret: where something on the way answers 404, one may exist."""
    return error.error is not None and error.error.code == NO_SECRET


def secret_bundle(answer: HttpResponse, tried: str) -> SecretBundle:
    """Read an answer. Raises Unreadable, which quotes nothing of it."""
    try:
        return msgspec.json.decode(answer.content, type=SecretBundle)
    except (msgspec.DecodeError, UnicodeDecodeError):  # not chained: it may quote the value
        raise Unreadable(
            f"{tried}: the answer is no secret whose value is text. Store a new version; if that does not help, check "
            "the vault's url in the inventory, and what is on the way there."
        ) from None


def stored_password(found: SecretBundle, tried: str) -> StoredPassword:
    """Translate a version. Raises Unreadable, which quotes nothing of the value."""
    if found.managed or found.kid:
        raise Unreadable(
            f"{tried}: it holds the key of a certificate, which is no password. Name another secret in the inventory."
        )
    try:
        password = Password(found.value)
    except ValueError:
        raise Unreadable(
            f"{tried}: no login can carry its value: it is empty, or has a NUL or a character that UTF-8 cannot "
            "encode. Store a new version."
        ) from None
    begins, ends = found.attributes.nbf, found.attributes.exp
    return StoredPassword(
        version=found.version,
        password=password,
        begins=moment(found.attributes.created if begins is None else begins, tried),
        expires=None if ends is None else moment(ends, tried),
        made_for=made_for(found.tags or {}),
        for_probe=is_for_probe(found.tags or {}),
    )


def moment(seconds: int, tried: str) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(
            f"{tried}: it begins or ends in no year between 1 and 9999. Store a new version, or set other dates."
        ) from None


def store_password(
    client: SecretClient,
    ref: SecretReference,
    owner: str,
    password: Password,
    expires: datetime | None,
    *,
    for_probe: bool,
) -> Version:
    """One request: the SDK's own repeat after a lost answer would store a second version."""
    tried = f"cannot store a password of client {owner} in secret {ref.name} of vault {ref.vault}"
    body = {
        "value": password.reveal_for_auth(),
        "contentType": CONTENT_TYPE,
        "tags": tags_of_password(owner, for_probe=for_probe),
        "attributes": {} if expires is None else {"exp": int(expires.timestamp())},
    }
    with translated(tried, STORE_PASSWORD, REMEDIES):
        answer = client.send_request(HttpRequest("PUT", f"/secrets/{ref.name}", json=body), retry_read=0)
        if answer.status_code != OK:
            raise refusal(client, ref, tried, answer, password)
    return secret_bundle(answer, tried).version


def refusal(
    client: SecretClient, ref: SecretReference, tried: str, answer: HttpResponse, password: Password
) -> Exception:
    """Return what a refusal to store means: a conflict is ours to explain, all else is translated like any other."""
    error = HttpResponseError(response=answer)
    if password.reveal_for_auth().encode() in answer.content:
        return without_words(error)
    if error.status_code != CONFLICT:
        return error
    if inner_code(error) != DELETED:
        return conflict_error(tried, client, ref.name, error)
    return PermanentError(
        f"{tried}: a deleted secret holds the name{end_of_deleted(client, ref)}. Nothing was stored. Recover it with "
        f"`az keyvault secret recover --id {client.vault_url}/deletedsecrets/{ref.name}`: its old password would be "
        "valid again, so store a new one right after. Or name another secret in the inventory."
    )


def without_words(error: HttpResponseError) -> HttpResponseError:
    """Return a refusal that repeats the password, as a gateway may do with what it refuses, without its words."""
    bare = HttpResponseError("the answer is not quoted, because it repeats the password")
    bare.status_code = error.status_code
    return bare


def end_of_deleted(client: SecretClient, ref: SecretReference) -> str:
    """Say until when a deleted secret holds its name, or why that cannot be said."""
    try:
        with translated("its end cannot be read", READ_DELETED, REMEDIES):
            ends = client.get_deleted_secret(ref.name).scheduled_purge_date
    except (PermanentError, TransientError) as error:
        return f" ({str(error).removesuffix('.')})"
    return "" if ends is None else f" until {ends:%Y-%m-%d} (UTC), when it is gone for good"

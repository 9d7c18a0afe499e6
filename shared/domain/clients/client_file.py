"""A client's file in a relay's clients' Secret: a line for each password, newest first, and its annotation."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from shared.domain.clients.client_journal import ClientPlaceState
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version, client_ref
from shared.domain.serving.place_observation import FieldOwner, Pod, SecretSnapshot
from shared.domain.serving.tls_secret import OPAQUE, SecretApply, digest, files_digest, owner_label
from shared.inventory import Place
from shared.inventory.check_clients import MOST_ANNOTATIONS
from shared.inventory.clients import Client

ClientFileReason = Literal["ClientFileMissing", "ClientFileOutdated", "ClientFileNotOurs", "ClientFileEdited"]

LineContent = Literal["sha256", "password"]
"""What a line of a client's file is: the password's SHA-256 in hexadecimal, or the password itself."""

FilesDigest = str
"""A digest of all files in a clients' Secret but one, in hex."""

MOST_LINES = 200
"""Versions that an annotation may name. Without a limit, anybody who can edit the Secret could make us read any number
of versions."""

NamedVersion = Annotated[Version, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
"""A version as Key Vault names it."""


@dataclass(frozen=True, slots=True)
class ClientFileAnnotation:
    """What the annotation says of a client's file: the versions of its lines, newest first, what each line is, the
    secret (`VAULT/NAME`) that they are of, and the file's SHA-256.

    `covers`, of a probe client only: the digest of the other files that were in the Secret when it was written.
    """

    versions: Annotated[tuple[NamedVersion, ...], msgspec.Meta(max_length=MOST_LINES)]
    secret: str
    sha256: str
    content: LineContent = "sha256"
    covers: FilesDigest | None = None


@dataclass(frozen=True, slots=True)
class ClientFileDiff:
    """Why a client's file is not as it should be. What is `NotOurs` or `Edited` is not written over: see `message`."""

    reason: ClientFileReason
    message: str


def secret_of(client: Client) -> str:
    return f"{client.vault}/{client.secret}"


def file_content(passwords: Sequence[StoredPassword], content: LineContent) -> bytes:
    """Return a file that accepts these passwords, newest first: one a line."""
    lines = [
        each.password.sha256_hex() if content == "sha256" else each.password.reveal_for_file() for each in passwords
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def read_file_annotation(client: str, snapshot: SecretSnapshot | None) -> ClientFileAnnotation | None:
    """Return what the Secret's annotation says of a client's file; None where there is none that can be read."""
    if snapshot is None:
        return None
    try:
        return msgspec.json.decode(
            snapshot.annotations.get(owner_label(client_ref(client)), ""), type=ClientFileAnnotation
        )
    except (msgspec.DecodeError, RecursionError):
        return None


def file_diff(client: Client, newest: Version, snapshot: SecretSnapshot | None) -> ClientFileDiff | None:
    """Say what is wrong with a client's file; None where it holds the newest version and is as we wrote it.

    A file that we did not write, or that somebody changed, may hold the password that the client uses: writing over it
    would take that away. The same holds for a file of its former user name, which is written with it.
    """
    files = files_of_client(client, snapshot)
    if snapshot is None or not files:
        return ClientFileDiff("ClientFileMissing", "the clients' Secret does not have its file")
    said = read_file_annotation(client.name, snapshot)
    if said is None:
        message = (
            f"a file {files[0]} is there that was not written for this client, and may hold the password in use. "
            f"{how_to_replace(client)}"
        )
        return ClientFileDiff("ClientFileNotOurs", message)
    if said.secret != secret_of(client):
        message = (
            f"the file has passwords of {said.secret} that may be in use, and {secret_of(client)} does not have them. "
            f"Name the former secret again, or: {how_to_replace(client)}"
        )
        return ClientFileDiff("ClientFileNotOurs", message)
    if edited := [file for file in files if snapshot.digests[file] != said.sha256]:
        message = f"the file {edited[0]} was edited, and may hold a password in use. {how_to_replace(client)}"
        return ClientFileDiff("ClientFileEdited", message)
    if client.user not in files:
        return ClientFileDiff("ClientFileMissing", f"the clients' Secret does not have its file {client.user}")
    if said.versions[:1] != (newest,):
        return ClientFileDiff("ClientFileOutdated", f"the file does not have version {newest[:8]}")
    return None


def how_to_replace(client: Client) -> str:
    """Say how a person lets us write a file that may hold a password in use. Who is only observed has to be managed
    first: else nothing would write the file that was deleted."""
    first = "Set mode: manage for it; then store" if client.mode == "observe" else "Store"
    return f"{first} the password in use as the newest version in the vault, and delete the file: it is written again"


def files_of_client(client: Client, snapshot: SecretSnapshot | None) -> tuple[str, ...]:
    """Return the client's files that are in the Secret: its own, and those that it had under former user names."""
    digests = snapshot.digests if snapshot is not None else {}
    names = dict.fromkeys((client.user, *owned_files(owner_label(client_ref(client.name)), snapshot)))
    return tuple(name for name in names if name in digests)


def is_of_others(client: Client, snapshot: SecretSnapshot | None) -> bool:
    """Say whether the Secret has a file of the client's user name that was not written for this client, or was edited
    since."""
    in_secret = snapshot is not None and client.user in snapshot.digests
    return in_secret and client.user not in owned_files(owner_label(client_ref(client.name)), snapshot)


def others_digest(client: Client, snapshot: SecretSnapshot | None) -> FilesDigest:
    """Return the digest of every file in the Secret but this client's."""
    digests = snapshot.digests if snapshot is not None else {}
    return files_digest({file: each for file, each in digests.items() if file != client.user})


def covering_version(probe: Client, content: LineContent, snapshot: SecretSnapshot | None) -> Version | None:
    """Return the version of the probe client's password in its file, if that has lines of this content and was written
    when every other file in the Secret was as it is now. Then a replica that takes this password has the newest files.
    """
    said = unedited(probe, snapshot)
    return None if said is None or said.covers != others_digest(probe, snapshot) else version_of(said, content)


def version_of(said: ClientFileAnnotation, content: LineContent) -> Version | None:
    """Return the newest version in a file whose lines are of this content."""
    return next(iter(said.versions), None) if said.content == content else None


def unedited(client: Client, snapshot: SecretSnapshot | None) -> ClientFileAnnotation | None:
    """Return what the annotation says of a client's file; None where the file is not as that says."""
    said = read_file_annotation(client.name, snapshot)
    if said is None or snapshot is None or said.sha256 != snapshot.digests.get(client.user):
        return None
    return said


def probe_proves(
    probe: Client, content: LineContent, snapshot: SecretSnapshot | None, state: ClientPlaceState, pods: Collection[Pod]
) -> bool:
    """Say whether every replica of a place took the covering version; `state` is the probe client's record there."""
    version = covering_version(probe, content, snapshot)
    return version is not None and state.progress is None and was_accepted(version, state, pods)


def proves_content(
    probe: Client, content: LineContent, snapshot: SecretSnapshot | None, state: ClientPlaceState, pods: Collection[Pod]
) -> bool:
    """Say whether every replica of a place took the probe client's password from a line of this content, whatever the
    other files are: a relay compares all lines in one way."""
    said = unedited(probe, snapshot)
    version = version_of(said, content) if said is not None else None
    return version is not None and was_accepted(version, state, pods)


def was_accepted(version: Version, state: ClientPlaceState, pods: Collection[Pod]) -> bool:
    return state.accepted is not None and state.accepted.holds_for(version, pods)


def client_apply(
    client: Client,
    place: Place,
    passwords: Sequence[StoredPassword],
    content: LineContent,
    snapshot: SecretSnapshot | None,
    covers: FilesDigest | None = None,
) -> SecretApply:
    """Return a client's part of the place's clients' Secret: its file with these passwords as this content, newest
    first.

    A file that it had under a former user name stays, with the same passwords, because that name may be in use. A
    probe client's does not: nobody uses it.
    """
    name = place.relay.clients.secret
    assert name is not None, "files are written with sync secret alone, which names a Secret"
    file = file_content(passwords, content)
    said: Mapping[str, object] = {
        "versions": [each.version for each in passwords],
        "content": content,
        "secret": secret_of(client),
        "sha256": digest(file),
        **({"covers": covers} if covers is not None else {}),
    }
    owner = owner_label(client_ref(client.name))
    former = owned_files(owner, snapshot) if covers is None else ()
    return SecretApply(
        namespace=place.relay.workload.namespace,
        name=name,
        type=snapshot.type if snapshot is not None else OPAQUE,
        files=dict.fromkeys((client.user, *former), file),
        annotations={owner: json.dumps(said, sort_keys=True)},
        field_manager=owner,
        resource_version=snapshot.resource_version if snapshot is not None else None,
    )


def crowding(part: SecretApply, place: Place, snapshot: SecretSnapshot | None) -> str | None:
    """Say that Kubernetes would refuse the Secret with this part, for the size of its annotations; None where not."""
    annotations = {**(snapshot.annotations if snapshot is not None else {}), **part.annotations}
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size <= MOST_ANNOTATIONS:
        return None
    return (
        f"Secret {part.namespace}/{part.name} in {place.cluster} is full: its annotations would have {size:,} bytes, "
        f"and Kubernetes takes {MOST_ANNOTATIONS:,}. Delete files and annotations of clients that are no more, disable "
        "old versions of passwords, or move clients to another relay, which has a Secret of its own"
    )


def owned_files(owner: str, snapshot: SecretSnapshot | None) -> tuple[str, ...]:
    """Return the files of the Secret that a field manager of ours applied: an apply without them would delete them."""
    owners = snapshot.owners if snapshot is not None else {}
    return tuple(file for file, managers in owners.items() if FieldOwner(owner, applied=True) in managers)

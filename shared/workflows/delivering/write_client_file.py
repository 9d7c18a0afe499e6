"""Write a client's file into a place's clients' Secret, if that is ours to write."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.clients.client_file import (
    ClientFileAnnotation,
    LineContent,
    client_apply,
    crowding,
    file_content,
    files_of_client,
    is_of_others,
    others_digest,
    read_file_annotation,
)
from shared.domain.clients.client_journal import FileProgress
from shared.domain.clients.password import generate_password
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version
from shared.domain.serving.place_observation import SecretSnapshot
from shared.domain.serving.secret_ownership import clients_secret_refusal
from shared.domain.serving.tls_secret import SecretApply, digest
from shared.errors import PermanentError
from shared.inventory import Place
from shared.workflows.logins import require_use
from shared.workflows.observe_client import password_ref
from shared.workflows.on_boarding import OnBoarding, PasswordVersion

progress_log = logging.getLogger("relaykeeper.progress")


def write_client_file(work: OnBoarding, place: Place, there: ClientPlaceObservation) -> tuple[Version, ...]:
    """Write a line for the newest password, and one for each older version that the file has, or had before its Secret
    was deleted, and the vault still gives: what a relay accepts is not taken away. Return the versions, newest first.

    Lines stay what they are (SHA-256 or password) until the relay is proven to take what the inventory wants. Raises
    PermanentError if the Secret is not ours to write, or there is no password, or it is marked as a probe client's.
    """
    snapshot = there.secret
    require_ownership_of_files(work, place, snapshot)
    newest = work.ports.vault.password(password_ref(work.client))
    if newest is None:
        raise PermanentError(f"{password_ref(work.client)} has no enabled version any more")
    require_use(work.client, place.relay, newest)
    said = read_file_annotation(work.client.name, snapshot)
    written = dict.fromkeys((*(said.versions if said is not None else ()), *work.state(place).lines))
    older = [version for version in written if version != newest.version]
    kept = [work.ports.vault.password(password_ref(work.client), version) for version in older]
    passwords = [newest, *(each for each in kept if each is not None)]
    content = place.relay.clients.content
    if said is not None and said.content != content and not there.content_proven:
        require_such_lines(work, place, said, passwords, snapshot)
        content = said.content
    require_one_line_each(work, place, passwords, content)
    apply_file(work, place, client_apply(work.client, place, passwords, content, snapshot), snapshot, newest.version)
    return tuple(each.version for each in passwords)


def require_such_lines(
    work: OnBoarding,
    place: Place,
    said: ClientFileAnnotation,
    passwords: Sequence[StoredPassword],
    snapshot: SecretSnapshot | None,
) -> None:
    """Raise PermanentError unless the file itself has lines of the content that its annotation says.

    Somebody who may edit the Secret could else make us write passwords where digests were, and read them.
    """
    by_version = {each.version: each for each in passwords}
    lines = [by_version[version] for version in said.versions if version in by_version]
    found = {snapshot.digests[file] for file in files_of_client(work.client, snapshot)} if snapshot is not None else ()
    if found != {digest(file_content(lines, said.content))}:
        raise PermanentError(
            f"the annotation of {work.client.name}'s file says that each line is a {said.content}, the inventory wants "
            f"a {place.relay.clients.content}, and the file cannot be shown to have such lines, so it is not written. "
            f"Set content: {said.content} for relay {place.relay.name} if that is what its file has; else delete the "
            "file and its annotation: it is written again"
        )


def require_one_line_each(
    work: OnBoarding, place: Place, passwords: Sequence[StoredPassword], content: LineContent
) -> None:
    """Raise PermanentError where a file of passwords as they are would take a part of one, or none at all, for one."""
    for each in passwords if content == "password" else ():
        if any(fault.reason == "PasswordWithLineBreak" for fault in each.password.faults()):
            raise PermanentError(
                f"version {each.version[:8]} of {password_ref(work.client)} has a line break, and each line of a file "
                f"of relay {place.relay.name} is a password. Store one without, as the newest, and disable this version"
            )


def write_probe_file(work: OnBoarding, place: Place, snapshot: SecretSnapshot | None) -> Version:
    """Give the probe client a new password at a place, in a file that covers every other file in the Secret.

    Who takes this password has the newest files. Return its version.
    """
    require_ownership_of_files(work, place, snapshot)
    newest = work.ports.vault.password(password_ref(work.client))
    require_never_in_use(work, place, newest, snapshot)
    if newest is None or newest.version in used_versions(work, snapshot):
        newest = make_probe_password(work)
    state = work.state(place)
    work.save_state(place, replace(state, progress=FileProgress(newest.version, work.ports.clock.now())))
    covers, content = others_digest(work.client, snapshot), place.relay.clients.content
    part = client_apply(work.client, place, [newest], content, snapshot, covers)
    apply_file(work, place, part, snapshot, newest.version)
    return newest.version


def require_never_in_use(
    work: OnBoarding, place: Place, newest: StoredPassword | None, snapshot: SecretSnapshot | None
) -> None:
    """Raise PermanentError if a client that the inventory names as probe client may have a password in use, which a new
    one would take away: its newest version is not marked, it was on-boarded before, or its file is an ordinary one or
    not of our making."""
    client = work.client
    said = read_file_annotation(client.name, snapshot)
    if said is None:
        ordinary_file = bool(files_of_client(client, snapshot))
    else:
        ordinary_file = said.covers is None or is_of_others(client, snapshot)
    if newest is not None:
        require_use(client, place.relay, newest)
    if work.journal.made is not None or ordinary_file:
        raise PermanentError(
            f"client {client.name} is named as probe_client of relay {place.relay.name}, and its password changes with "
            "each delivery; but it has one that may be in use. Name another client, with a new user and a new secret."
        )


def used_versions(work: OnBoarding, snapshot: SecretSnapshot | None) -> set[Version]:
    """Return the versions that a place has already. Where the newest is none of them, an attempt ended before it was
    written.

    The file itself is asked too: with a journal that was lost, a replica that has the former file would take it.
    """
    states = [work.state(place) for place in work.places]
    used = {each.version for state in states for each in (state.progress, state.accepted) if each is not None}
    said = read_file_annotation(work.client.name, snapshot)
    return used | set(said.versions) if said is not None else used


def make_probe_password(work: OnBoarding) -> StoredPassword:
    """Store a new password, which never expires: it changes with each delivery."""
    ref, password = password_ref(work.client), generate_password()
    work.held.before_effect()
    version = work.ports.vault.make_password(ref, work.client.name, password, None, for_probe=True)
    work.held.record("password", f"made a password in {ref}", version=PasswordVersion(version))
    now = work.ports.clock.now()
    return StoredPassword(version, password, now, expires=None, made_for=work.client.name, for_probe=True)


def require_ownership_of_files(work: OnBoarding, place: Place, snapshot: SecretSnapshot | None) -> None:
    """Raise PermanentError naming the owner if the clients' Secret is not ours."""
    if snapshot is not None and (refused := clients_secret_refusal(work.client.name, place, snapshot)) is not None:
        raise PermanentError(refused)


def apply_file(
    work: OnBoarding, place: Place, part: SecretApply, snapshot: SecretSnapshot | None, version: Version
) -> None:
    if (full := crowding(part, place, snapshot)) is not None:
        raise PermanentError(full)
    work.held.before_effect()
    work.ports.clusters.apply(place.cluster, part)
    wrote = f"wrote the file {work.client.user} into Secret {part.namespace}/{part.name}"
    progress_log.info("%s at %s: %s", work.client.name, place, wrote)
    work.held.record("secret", wrote, place=str(place), version=PasswordVersion(version))

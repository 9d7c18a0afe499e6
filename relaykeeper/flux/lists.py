"""The lists of a Flux repository in which relays' clients stand: what they hold, what they should, and the files.

A list gets the users that the inventory has for its relay. It loses only what somebody asks to remove: a user that the
inventory lacks may still send mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relaykeeper.file_writing import replace_file
from shared.errors import NotFound, PermanentError
from shared.inventory import ClientList, Inventory
from shared.inventory.relays import Relay
from shared.suggestions import named, near
from shared.text import quoted
from shared.yaml_edit import names_in, with_name, without_name
from shared.yaml_search import NotEditable
from shared.yaml_tree import format_path


@dataclass(frozen=True, slots=True)
class ListChange:
    """One list of a relay: the names that it held, and those that it holds afterwards."""

    relay: Relay
    place: ClientList
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place.path}, {format_path(self.place.keys)}, of relay {self.relay.name}"

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(name for name in self.after if name not in self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(name for name in self.before if name not in self.after)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of the repository: the text that it held, and the text that it is to hold."""

    path: str
    """From the top of the repository, as the inventory has it."""
    before: str
    after: str

    @property
    def is_change(self) -> bool:
        return self.before != self.after


@dataclass(slots=True)
class Repository:
    """A checkout. Its files are read once; `texts` are as edited so far, by path. Nothing outside of it is touched."""

    folder: Path
    originals: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """Return a file's text as edited so far; raises PermanentError if it cannot be read."""
        if path not in self.texts:
            self.originals[path] = self.texts[path] = self._read(path)
        return self.texts[path]

    def changes(self) -> list[FileChange]:
        """Return the files whose text is another one now."""
        files = [FileChange(path, self.originals[path], text) for path, text in self.texts.items()]
        return [file for file in files if file.is_change]

    def write(self, file: FileChange) -> None:
        """Replace a file at once, with its permissions; raises PermanentError if it cannot be, or changed meanwhile."""
        if self._read(file.path) != file.before:
            raise PermanentError(f"cannot write {file.path}: it has changed since it was read; run the command again")
        replace_file(self._place(file.path), file.after.encode(), name=file.path)

    def _read(self, path: str) -> str:
        try:
            return self._place(path).read_bytes().decode()
        except OSError as error:
            raise PermanentError(f"cannot read {path} in {self.folder}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise PermanentError(f"cannot read {path} in {self.folder}: it is not UTF-8 text") from error

    def _place(self, path: str) -> Path:
        """Return where a file is. A symbolic link is followed, but not out of the repository."""
        place = (self.folder / path).resolve()
        if not place.is_relative_to(self.folder.resolve()):
            raise PermanentError(f"cannot use {path}: it is a link that leads out of {self.folder}")
        return place


def open_repository(folder: Path) -> Repository:
    """Return the checkout in a folder; raises PermanentError if there is no such folder."""
    if not folder.is_dir():
        raise PermanentError(f"there is no folder {folder}; --repo names a checkout of the Flux repository")
    return Repository(folder)


def chosen_relays(inventory: Inventory, names: Sequence[str]) -> list[Relay]:
    """Return the relays of these names, or all, that have lists; raises PermanentError or NotFound if none has one."""
    chosen = [named("relay", name, inventory.relays) for name in names] or list(inventory.relays.values())
    relays = [relay for relay in chosen if relay.clients.lists]
    if not relays:
        whose = " or ".join(f"relay {relay.name}" for relay in chosen if names) or "any relay"
        raise PermanentError(f"the inventory names no list of {whose}; add clients.lists, a path and keys, to a relay")
    return relays


def plan_changes(
    repository: Repository, relays: Iterable[Relay], inventory: Inventory, remove: Sequence[str]
) -> list[ListChange]:
    """Edit texts, in memory, so that each list holds its relay's clients, and not those in `remove`.

    Raises PermanentError for a list that cannot be edited, a user to be removed that the inventory has, and a listed
    name that differs from a client's user in case only.
    """
    changes = []
    for relay in relays:
        users = [client.user for client in inventory.clients_of(relay.name)]
        refuse_wanted(relay, users, remove)
        for place in relay.clients.lists:
            before = listed_names(repository, relay, place)
            refuse_alike(relay, place, before, users)
            text = repository.text(place.path)
            try:
                for user in users:
                    text = with_name(text, place.keys, user)
                for user in remove:
                    text = without_name(text, place.keys, user)
            except NotEditable as refused:
                raise PermanentError(f"cannot edit {place.path} for relay {relay.name}: {refused}") from refused
            repository.texts[place.path] = text
            changes.append(ListChange(relay, place, before, names_in(text, place.keys)))
    return changes


def listed_names(repository: Repository, relay: Relay, place: ClientList) -> tuple[str, ...]:
    """Return the names in a list of a relay; raises PermanentError if it cannot be read."""
    try:
        return names_in(repository.text(place.path), place.keys)
    except NotEditable as refused:
        raise PermanentError(f"cannot read the list of relay {relay.name} in {place.path}: {refused}") from refused


def refuse_wanted(relay: Relay, users: Sequence[str], remove: Sequence[str]) -> None:
    """Raises PermanentError for a user that is to be removed and that the inventory has for the relay."""
    for user in remove:
        if user in users:
            raise PermanentError(
                f"cannot remove {user}: the inventory has this user for relay {relay.name}. Take the client, or this "
                f"relay from its relays, out of the inventory first; or choose other relays with --relay"
            )


def refuse_alike(relay: Relay, place: ClientList, listed: Sequence[str], users: Sequence[str]) -> None:
    """Raises PermanentError for a user that is listed in another case: relays tell these apart, Key Vault does not."""
    by_lower: Mapping[str, str] = {name.lower(): name for name in listed}
    for user in users:
        other = by_lower.get(user.lower(), user)
        if other != user and user not in listed:
            raise PermanentError(
                f"cannot add {user} to {place.path} for relay {relay.name}: {quoted(other)} is listed there, which "
                "differs in case only. Write both alike, in the list or as the client's user"
            )


def check_removals(changes: Sequence[ListChange], remove: Sequence[str]) -> list[str]:
    """Return a sentence for each user to be removed that no list held, with the names that may have been meant."""
    listed = {name for change in changes for name in change.before}
    return [
        str(NotFound(f"{quoted(user)} is in none of these lists, so there is nothing to remove.", near(user, listed)))
        for user in remove
        if user not in listed
    ]

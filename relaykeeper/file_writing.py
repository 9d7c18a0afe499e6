"""Replaces a file of a person's: whole or not at all, with its mode and owner, and through a symbolic link."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relaykeeper.failures import UsageFailure

NEW_FILE_MODE = 0o644


def replace_file(path: Path, content: bytes, *, name: str) -> None:
    """Write `content` in place of the file, or leave the file as it is.

    A link stays a link: the file that it leads to is replaced. Raises UsageFailure, which calls the file `name`, if it
    cannot be written, is not to be written (no right to write it), or would get another owner.
    """
    place = path.resolve()
    try:
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError("it may only be read")
        unfinished = write_beside(place, content)
        try:
            unfinished.replace(place)
        except OSError:
            unfinished.unlink()
            raise
    except OSError as error:
        raise UsageFailure(f"cannot write {name}: {error.strerror or error}. It is as it was") from None


def write_beside(place: Path, content: bytes) -> Path:
    """Write a new file in the folder of `place`, with the mode and the owner of the file there. Raises OSError."""
    number, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        take_mode_and_owner(place, unfinished)
    except OSError:
        unfinished.unlink()
        raise
    return unfinished


def take_mode_and_owner(place: Path, unfinished: Path) -> None:
    """Give a new file the mode and the owner of the one that it replaces. Raises OSError."""
    try:
        before, now = place.stat(), unfinished.stat()
    except FileNotFoundError:
        unfinished.chmod(NEW_FILE_MODE & ~umask())
        return
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
        try:
            os.chown(unfinished, before.st_uid, before.st_gid)
        except PermissionError:
            raise PermissionError("it belongs to another user, and would not any more; run this as that user") from None
    unfinished.chmod(before.st_mode & 0o7777)


def umask() -> int:
    """Return the process's mask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def only_one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock of a file's folder: other commands that read the file, change it and write it wait meanwhile.

    Raises UsageFailure if the folder cannot be opened. Windows locks no folders: there the last writer wins.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        number = os.open(path.resolve().parent, os.O_RDONLY)
    except OSError as error:
        raise UsageFailure(f"cannot open the folder of {path}: {error.strerror}") from None
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)

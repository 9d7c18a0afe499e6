"""A bundle: one zip, which only its owner may read, with a manifest of what is in it, what is not, and what was
removed."""

import hashlib
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relaykeeper.bundle.parts import Part, as_text
from relaykeeper.bundle.redaction import Redaction
from relaykeeper.failures import NotReached, UsageFailure
from relaykeeper.output import note
from shared.errors import PermanentError, TransientError

ONLY_OWNER = 0o600

GIVE_UP_AFTER = 2
"""Calls in a row that the app was not reached for; each may take four minutes."""

MANIFEST = "manifest.json"


@dataclass(slots=True)
class Gathered:
    """The files of a bundle with their content, and for the manifest an entry about each, and what was not read."""

    files: dict[str, bytes] = field(default_factory=dict)
    entries: list[Mapping[str, Any]] = field(default_factory=list)
    not_read: list[Mapping[str, str]] = field(default_factory=list)


def gather(parts: Iterable[Part], known_secrets: tuple[str, ...]) -> Gathered:
    """Read every part that can be read, and tell of each on standard error."""
    found, missed = Gathered(), 0
    for part in parts:
        if part.of_app and missed >= GIVE_UP_AFTER:
            leave_out(found, part, "not asked for, because the app was not reached before")
            continue
        note(f"reading {part.name}")
        redaction = Redaction(known_secrets)
        try:
            text = part.read(redaction)
        except NotReached as failure:
            missed += 1
            leave_out(found, part, str(failure))
        except (TransientError, PermanentError) as failure:
            leave_out(found, part, redaction.text(str(failure)))
        else:
            missed = 0 if part.of_app else missed
            take(found, part, text.encode(errors="replace"), redaction)
    return found


def leave_out(found: Gathered, part: Part, why: str) -> None:
    note(f"not read: {part.name}: {why}")
    found.not_read.append({"name": part.name, "source": part.source, "why": why})


def take(found: Gathered, part: Part, content: bytes, redaction: Redaction) -> None:
    found.files[part.name] = content
    found.entries.append(
        {
            "name": part.name,
            "source": part.source,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "removed": dict(redaction.removed),
        }
    )


def create_file(path: Path) -> int:
    """Create a new file that only its owner may read, and return its descriptor. Raises UsageFailure if there is one of
    that name, or none can be made."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    except FileExistsError:
        raise UsageFailure(
            f"cannot write {path}: it exists, and nothing is overwritten; name another with -f"
        ) from None
    except OSError as error:
        raise UsageFailure(f"cannot write {path}: {error.strerror or error}") from None


def write_bundle(number: int, found: Gathered, about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the zip to an open file, which is closed then, and return its manifest. Raises OSError."""
    manifest = {**about, "files": found.entries, "not_read": found.not_read}
    with os.fdopen(number, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(MANIFEST, as_text(manifest))
        for name, content in found.files.items():
            bundle.writestr(name, content)
    return manifest
